"""Random worlds with differences put in on purpose: each is found, by its name, and nothing else.

The long form has more worlds (CAMPAIGN=1).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from reserve_funds.custody.matching.delivering import deliver
from reserve_funds.custody.matching.models import Difference, Line, Link
from reserve_funds.custody.matching.passes import relations
from reserve_funds.custody.matching.queries import differences
from reserve_funds.custody.matching.running import run
from reserve_funds.custody.matching.values import Side, SideLine, Sort, Standing
from tests.reserve_funds.conftest import fresh_pool_number
from tests.reserve_funds.custody.matching.worlds import (
    DAY,
    LATER,
    Life,
    changed,
    life,
    line,
    named,
)
from tests.support.campaign import size

WORLDS = size(3, 12)
SHUFFLED_WORLDS = size(1, 12)
OF_EACH = 6
SOUND = 60
DAYS = 3

Expected = set[tuple[str, str, str]]  # relation, sort, about


class World:
    """Sound lives of some days and, among them, each kind of difference several times."""

    def __init__(self, pool: int, seed: int) -> None:
        self.pool = pool
        self.chance = random.Random(seed)
        self.lives: list[Life] = []
        self.lines: list[SideLine] = []
        self.billed: list[SideLine] = []
        self.expected: Expected = set()
        for number in range(SOUND):
            self.sound(f"a{number}")
        for number in range(OF_EACH):
            for kind in KINDS:
                getattr(self, kind)(f"{kind}{number}")
        self.pay_out()

    def born(self, name: str) -> Life:
        day = DAY + timedelta(days=self.chance.randrange(DAYS))
        return life(self.pool, name, fen=self.chance.randrange(1, 200) * 100, day=day,
                    channel=self.chance.choice(("wechat", "alipay")))  # fmt: skip

    def tell(self, one: Life, *without: str) -> None:
        self.lines += one.lines(*without)
        if "bill" not in without:
            self.billed.append(one.bill)

    def wrong(self, relation: str, sort: Sort, about: str) -> None:
        self.expected.add((relation, sort.value, about))

    def sound(self, name: str) -> None:
        one = self.born(name)
        if self.chance.random() < 0.2:  # the bill has it on the day after
            one = replace(one, bill=replace(one.bill, day=one.bill.day + timedelta(days=1)))
        self.tell(one)

    def missing_order(self, name: str) -> None:
        one = self.born(name)
        self.tell(one, "order", "card", "clearing")
        self.wrong("order_bill", Sort.MISSING_ORDER, f"bill:{one.bill.source_id}")

    def short(self, name: str) -> None:
        one = self.born(name)
        self.tell(one, "bill")
        self.wrong("order_bill", Sort.SHORT, f"order:{one.order.source_id}")

    def less(self, name: str) -> None:
        one = self.born(name)
        bill = replace(one.bill, amount_fen=one.bill.amount_fen - 1, settled_fen=None)
        self.tell(replace(one, bill=bill))
        self.wrong("order_bill", Sort.SHORT, f"order:{one.order.source_id}")

    def more(self, name: str) -> None:
        one = self.born(name)
        self.tell(replace(one, bill=replace(one.bill, amount_fen=one.bill.amount_fen + 500)))
        self.wrong("order_bill", Sort.LONG, f"order:{one.order.source_id}")

    def state(self, name: str) -> None:
        one = self.born(name)
        standing = self.chance.choice((Standing.VOID, Standing.PENDING))
        self.tell(replace(one, order=replace(one.order, standing=standing)), "card", "clearing")
        self.wrong("order_bill", Sort.STATE, f"order:{one.order.source_id}")

    def fee(self, name: str) -> None:
        one = self.born(name)
        agreed = (one.bill.fee_in_100000 or 0) + self.chance.choice((-2_000, 2_000))
        self.tell(replace(one, order=replace(one.order, fee_in_100000=agreed)))
        self.wrong("order_bill", Sort.FEE, f"order:{one.order.source_id}")

    def not_written(self, name: str) -> None:
        one = self.born(name)
        self.tell(one, "card", "clearing")
        self.wrong("order_card", Sort.NOT_WRITTEN, f"story:{one.order.story}")

    def written_unpaid(self, name: str) -> None:
        one = self.born(name)
        self.tell(one, "order", "bill")
        self.wrong("order_card", Sort.WRITTEN_UNPAID, f"story:{one.card.story}")

    def paid_twice(self, name: str) -> None:
        one = self.born(name)
        again = replace(one.order, source_id=named(self.pool, f"{name} again"), story="")
        self.tell(one)
        self.lines.append(again)
        last = max(one.order.source_id, again.source_id)
        self.wrong("order_bill", Sort.DUPLICATE, f"order:{last}")

    def billed_twice(self, name: str) -> None:
        one = self.born(name)
        again = replace(one.bill, source_id=named(self.pool, f"{name} again"))
        self.tell(one)
        self.lines.append(again)
        self.billed.append(again)
        last = max(one.bill.source_id, again.source_id)
        self.wrong("order_bill", Sort.DUPLICATE, f"bill:{last}")

    def written_twice(self, name: str) -> None:
        one = self.born(name)
        again = replace(one.card, source_id=named(self.pool, f"{name} again"), key=f"{name} again")
        self.tell(one)
        self.lines += [again, line(self.pool, Side.CLEARING, f"{name} again", one.card.amount_fen,
                                   key=again.key, day=one.card.day)]  # fmt: skip
        self.wrong("order_card", Sort.DUPLICATE, f"story:{one.card.story}")

    def not_cleared(self, name: str) -> None:
        one = self.born(name)
        self.tell(one, "clearing")
        self.wrong("card_clearing", Sort.NOT_CLEARED, f"card:{one.card.source_id}")

    def cleared_unwritten(self, name: str) -> None:
        one = self.born(name)
        self.tell(one, "order", "bill", "card")
        self.wrong("card_clearing", Sort.CLEARED_UNWRITTEN, f"clearing:{one.clearing.source_id}")

    def pay_out(self) -> None:
        """Each batch is paid out right, but two: one lacks half a fee, one lacks far more."""
        batches = sorted({bill.batch for bill in self.billed})
        odd = dict(zip(batches, (Sort.FEE, Sort.SHORT, Sort.LONG), strict=False))
        for batch in batches:
            bills = [bill for bill in self.billed if bill.batch == batch]
            fees = sum(bill.fee_in_100000 or 0 for bill in bills)
            net = sum(bill.amount_fen for bill in bills) - (fees + 500) // 1000
            by = {Sort.FEE: -(fees // 2000), Sort.SHORT: -100_000, Sort.LONG: 100_000}
            day = max(bill.day for bill in bills) + timedelta(days=1)
            self.lines.append(line(self.pool, Side.BANK, batch, net + by.get(odd.get(batch), 0),
                                   batch=batch, day=day))  # fmt: skip
            if batch in odd:
                self.wrong("bill_bank", odd[batch], f"batch:{batch}")


KINDS = (
    "missing_order", "short", "less", "more", "state", "fee", "not_written", "written_unpaid",
    "paid_twice", "billed_twice", "written_twice", "not_cleared", "cleared_unwritten",
)  # fmt: skip


@pytest.fixture
def pool(db):
    return fresh_pool_number()


def found(pool: int) -> Expected:
    return {(one.relation, one.sort.value, one.about) for one in differences(pool, now=LATER)}


def links(pool: int) -> set[tuple[object, ...]]:
    lines = dict(Line.objects.filter(pool=pool).values_list("id", "source_id"))
    kept = Link.objects.filter(left__in=lines) | Link.objects.filter(right__in=lines)
    rows = kept.values_list("relation", "left_id", "right_id")
    return {(relation, lines.get(left), lines.get(right)) for relation, left, right in rows}


@pytest.mark.parametrize("seed", range(WORLDS))
def test_every_difference_is_found_by_its_name_and_nothing_else(pool, seed):
    world = World(pool, seed)
    deliver(world.lines)
    run(pool, now=LATER)
    assert found(pool) - world.expected == set()
    assert world.expected - found(pool) == set()
    told = Counter(sort for _, sort, _ in found(pool))
    assert all(times >= OF_EACH for sort, times in told.items() if sort != "long"), told


@pytest.mark.parametrize("seed", range(SHUFFLED_WORLDS))
def test_the_order_of_arrival_does_not_matter(pool, seed):
    chance = random.Random(seed)
    outcomes = []
    for way in range(3):
        lines = World(pool, seed).lines
        if way:
            # some are told again, some were told otherwise before
            some = chance.sample(lines, 40)
            lines += [changed(one) for one in some[:20]]
            earlier = [
                replace(one, known_at=one.known_at - timedelta(hours=1)) for one in some[20:]
            ]
            lines += [replace(one, amount_fen=one.amount_fen + 7, key="x") for one in earlier]
            chance.shuffle(lines)
        cuts = sorted(chance.sample(range(1, len(lines)), 3 * way)) if way else []
        with undone():
            for start, stop in zip([0, *cuts], [*cuts, len(lines)], strict=True):
                deliver(lines[start:stop])
                run(pool, now=LATER)
            outcomes.append((found(pool), links(pool)))
    assert outcomes[0] == outcomes[1] == outcomes[2]


@contextmanager
def undone() -> Iterator[None]:
    """A world of its own: what is done inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_a_run_with_nothing_new_changes_nothing(pool):
    world = World(pool, 7)
    deliver(world.lines)
    run(pool, now=LATER)
    rows = list(Difference.objects.filter(pool=pool).order_by("id").values())
    before = links(pool)
    for _ in range(2):
        done = run(pool, now=LATER)
        assert [(one.begun, one.ended) for one in done.relations.values()] == [(0, 0)] * 4
    assert list(Difference.objects.filter(pool=pool).order_by("id").values()) == rows
    assert links(pool) == before


def test_every_line_is_matched_or_left_over_and_never_both(pool):
    world = World(pool, 5)
    deliver(world.lines)
    run(pool, now=LATER)
    for relation in relations():
        for side, end in ((relation.left, "left"), (relation.right, "right")):
            lines = Line.objects.filter(pool=pool, side=side.value, is_current=True)
            matched = Link.objects.filter(relation=relation.number, **{f"{end}__in": lines})
            assert matched.values(end).distinct().count() == matched.count()
