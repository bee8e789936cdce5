"""Random sequences of postings against a small model in Python: never a difference."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number
from tests.support.campaign import size

EXAMPLES = size(12, 2_000)
RIDERS = [postings.account("wallet", f"rider {number}") for number in range(3)]
CARDS = [postings.card_purse(f"{number:020d}") for number in range(2)]
BATCHES = [postings.account("rides_in_clearing", f"batch {number}") for number in range(2)]
ORDERS = [postings.account("unloaded_orders", f"order {number}") for number in range(2)]
SOURCE = postings.channel_receivable("wechat", DAY)
EVERY = [*RIDERS, *CARDS, *BATCHES, *ORDERS, SOURCE, postings.account("received", "all")]

pairs = st.one_of(
    st.tuples(st.just("payment_confirmed"), st.just(SOURCE), st.just(EVERY[-1])),
    st.tuples(
        st.just("payment_allocated"), st.just(EVERY[-1]), st.sampled_from([*RIDERS, *ORDERS])
    ),
    st.tuples(
        st.just("ride_ingested"), st.sampled_from([*RIDERS, *CARDS]), st.sampled_from(BATCHES)
    ),
    st.tuples(st.just("load"), st.sampled_from(ORDERS), st.sampled_from(CARDS)),
)
wishes = st.tuples(pairs, st.integers(1, 60))
steps = st.one_of(
    st.tuples(st.just("post"), st.lists(wishes, min_size=1, max_size=6)),
    st.tuples(st.just("each"), st.lists(wishes, min_size=1, max_size=6)),
    st.tuples(st.just("hold"), wishes),
    st.tuples(st.sampled_from(["settle", "release"]), st.integers(0, 3)),
    st.tuples(st.sampled_from(["fold", "again"]), st.integers(0, 9)),
)


class Model:
    """What the book must come to: posted and held, per account."""

    def __init__(self) -> None:
        self.posted: Counter[Ref] = Counter()
        self.held: Counter[Ref] = Counter()
        self.open: list[Posting] = []

    def sign(self, ref: Ref, debited: bool) -> int:
        return 1 if (ref.in_chart.side == "debit") == debited else -1

    def post(self, batch: list[Posting], hold: bool = False) -> bool:
        """Books the batch when no guarded account would be overdrawn; whether it did."""
        posted, held = self.posted.copy(), self.held.copy()
        for wish in batch:
            for ref, debited in ((wish.debit, True), (wish.credit, False)):
                change = self.sign(ref, debited) * wish.amount_fen
                if not hold:
                    posted[ref] += change
                elif change < 0:
                    held[ref] -= change
        if any(ref.in_chart.guarded and posted[ref] - held[ref] < 0 for ref in EVERY):
            return False
        self.posted, self.held = posted, held
        if hold:
            self.open += batch
        return True

    def resolve(self, which: int, settle: bool) -> Posting | None:
        if which >= len(self.open):
            return None
        wish = self.open.pop(which)
        for ref, debited in ((wish.debit, True), (wish.credit, False)):
            change = self.sign(ref, debited) * wish.amount_fen
            if change < 0:
                self.held[ref] += change
            if settle:
                self.posted[ref] += change
        return wish


def posting(pool: int, wish: tuple[tuple[str, Ref, Ref], int]) -> Posting:
    (code, debit, credit), fen = wish
    return postings.of(
        code, pool, new_id(NOW), debit=debit, credit=credit, amount_fen=fen, event_at=NOW
    )


def tried(act: object) -> bool:
    try:
        with transaction.atomic():
            act()  # type: ignore[operator]
    except Overdrawn:
        return False
    return True


def step(pool: int, model: Model, what: str, value: object) -> None:
    if what == "post":
        batch = [posting(pool, wish) for wish in value]  # type: ignore[attr-defined]
        assert tried(lambda: book.post(batch)) == model.post(batch)
    elif what == "each":
        batch = [posting(pool, wish) for wish in value]  # type: ignore[attr-defined]
        outcomes = book.post_each(batch)
        # as a whole when that fits, else one by one in order
        if model.post(batch):
            assert all(outcome.refused is None for outcome in outcomes)
        else:
            expected = [model.post([wish]) for wish in batch]
            assert [outcome.refused is None for outcome in outcomes] == expected
    elif what == "hold":
        wish = posting(pool, value)  # type: ignore[arg-type]
        assert tried(lambda: book.hold(wish)) == model.post([wish], hold=True)
    elif what in ("settle", "release"):
        held = model.resolve(value, what == "settle")  # type: ignore[arg-type]
        if held is not None:
            resolve = book.settle if what == "settle" else book.release
            assert resolve(pool, held.id, event_at=NOW).is_new
    elif what == "fold":
        for ref in EVERY:
            pools.fold(pool, ref)


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(steps, min_size=1, max_size=25))
def test_any_sequence_comes_to_what_the_model_says(
    sequence: list[tuple[str, object]],
) -> None:
    pool, model = fresh_pool_number(), Model()
    pools.open_pool(pool, "MOT", DAY)
    for what, value in sequence:
        step(pool, model, what, value)
    for ref in EVERY:
        assert queries.balance_fen(pool, ref) == model.posted[ref], ref
        if ref.in_chart.guarded:
            assert queries.available_fen(pool, ref) == model.posted[ref] - model.held[ref], ref
    assert check_figures(pool).findings == []
