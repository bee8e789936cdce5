"""What each holder is owed, read bottom-up, is what the transfers come to, at any moment."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.clock import now
from accounts.identifiers import new_id
from reserve_funds import postings, tasks
from reserve_funds.chart import CoverReason
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book, check, holders, pools
from reserve_funds.ledger.values import Posting, Ref, ref_of
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number
from tests.reserve_funds.stories import a_card, confirmed, paid, sealed
from tests.support.campaign import size

EXAMPLES = size(12, 1_000)
CARDS = [postings.card_purse(f"{number:020d}") for number in range(3)]
RIDERS = [postings.account("wallet", f"rider {number}") for number in range(2)]
ORDERS = [postings.account("unloaded_orders", f"order {number}") for number in range(2)]
BATCHES = [postings.account("rides_in_clearing", f"batch {number}") for number in range(2)]
DAYS = [postings.channel_receivable("wechat", DAY + timedelta(days=number)) for number in range(2)]
BOX, BANK = postings.account("cash_in_transit", "box 1"), postings.account("bank_reserve", "bank 1")
PAID_IN = postings.account("received", "all")
FEE, CASH_SHORT = (
    postings.own_cover_due(reason) for reason in (CoverReason.FEE, CoverReason.CASH_SHORT)
)

pairs = st.one_of(
    st.tuples(st.just("payment_confirmed"), st.sampled_from(DAYS), st.just(PAID_IN)),
    st.tuples(st.just("cash_accepted"), st.just(BOX), st.just(PAID_IN)),
    st.tuples(st.just("cash_banked"), st.just(BANK), st.just(BOX)),
    st.tuples(st.just("payment_allocated"), st.just(PAID_IN), st.sampled_from([*RIDERS, *ORDERS])),
    st.tuples(
        st.just("ride_ingested"), st.sampled_from([*RIDERS, *CARDS]), st.sampled_from(BATCHES)
    ),
    st.tuples(st.just("load"), st.sampled_from(ORDERS), st.sampled_from(CARDS)),
    st.tuples(st.just("channel_settled"), st.just(BANK), st.sampled_from(DAYS)),
    st.tuples(st.just("channel_fee_withheld"), st.just(FEE), st.sampled_from(DAYS)),
    st.tuples(st.just("loss_covered"), st.just(CASH_SHORT), st.just(BOX)),
    st.tuples(st.just("operator_covered"), st.just(BANK), st.just(FEE)),
)
wishes = st.tuples(pairs, st.integers(1, 60), st.integers(0, 3))
steps = st.one_of(
    st.tuples(st.just("post"), st.lists(wishes, min_size=1, max_size=5)),
    st.tuples(st.just("hold"), wishes),
    st.tuples(st.sampled_from(["settle", "release", "fold", "cut", "look"]), st.integers(0, 2)),
)


def posting(pool: int, wish: tuple[tuple[str, Ref, Ref], int, int]) -> Posting:
    (code, debit, credit), fen, day = wish
    return postings.of(
        code, pool, new_id(NOW), debit=debit, credit=credit, amount_fen=fen,
        event_at=NOW + timedelta(days=day),
    )  # fmt: skip


def derived(pool: int, at: datetime | None) -> dict[Ref, int]:
    """Each account's balance on its own side, added up in Python from the transfers alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.debit_kind, d.owner, t.credit_kind, c.owner, t.amount_fen, t.created_at"
            "  FROM ledger.transfer t"
            "  JOIN ledger.account d ON d.pool = t.pool AND d.id = t.debit_account"
            "  JOIN ledger.account c ON c.pool = t.pool AND c.id = t.credit_account"
            " WHERE t.pool = %s AND t.act IN (1, 3)",
            [pool],
        )
        rows = cursor.fetchall()
    came: Counter[Ref] = Counter()
    for debit_kind, debit, credit_kind, credit, fen, created_at in rows:
        if at is not None and created_at > at:
            continue
        for number, owner, debited in ((debit_kind, debit, True), (credit_kind, credit, False)):
            ref = ref_of(number, owner)
            came[ref] += fen if (ref.in_chart.side == "debit") == debited else -fen
    return {ref: fen for ref, fen in came.items() if fen and ref.in_chart.book == "reserve"}


def expected(balances: dict[Ref, int]) -> dict[tuple[str, str | None], tuple[int, int, int]]:
    told: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0, 0])
    for ref, fen in balances.items():
        line = told[ref.kind, ref.owner if ref.in_chart.side == "debit" else None]
        line[0 if fen > 0 else 1] += fen
        line[2] += 1
    return {key: (line[0], line[1], line[2]) for key, line in told.items()}


def read(pool: int, at: datetime | None) -> dict[tuple[str, str | None], tuple[int, int, int]]:
    return {
        (part.kind, part.owner): (part.positive_fen, part.negative_fen, part.accounts)
        for part in holders.coverage(pool, at)
        if part.day is None
    }


@pytest.mark.usefixtures("lasting_db")
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(steps, min_size=1, max_size=25))
def test_any_book_is_read_as_it_is_added_up_at_every_moment(
    sequence: list[tuple[str, object]],
) -> None:
    pool, day, moments, held = fresh_pool_number(), DAY, [], []
    pools.open_pool(pool, "MOT", day)
    for what, value in sequence:
        if what in ("post", "hold"):
            wanted = [value] if what == "hold" else value
            batch = [posting(pool, wish) for wish in wanted]  # type: ignore[union-attr]
            try:
                book.post(batch) if what == "post" else held.append(book.hold(batch[0]).id)
            except Overdrawn:
                continue
        elif what in ("settle", "release") and held:
            resolve = book.settle if what == "settle" else book.release
            resolve(pool, held.pop(), event_at=NOW)
        elif what == "fold":
            holders.fold()
        elif what == "cut":
            day += timedelta(days=1)
            pools.cut(pool, day)
        elif what == "look":
            moments.append(now())
    for at in [None, *moments, now()]:
        is_as_derived(pool, at)


def is_as_derived(pool: int, at: datetime | None) -> None:
    """Sums, holders and ages of one moment against the transfers."""
    balances = derived(pool, at)
    assert read(pool, at) == expected(balances)
    assert dict(holders.owed(pool, at)) == {
        ref: fen for ref, fen in balances.items() if ref.in_chart.side == "credit"
    }
    aged: Counter[Ref] = Counter()
    for part in holders.coverage(pool, at):
        if part.day is not None:
            aged[Ref(kind=part.kind, owner=str(part.owner))] += part.positive_fen
    assert aged == {
        ref: fen
        for ref, fen in balances.items()
        if ref.kind in ("cash_in_transit", "own_cover_due") and fen > 0
    }


def until_folded(pool: int) -> None:
    """Folds until nothing of the pool is left in the tail; others' transactions may hold it up."""
    for _ in range(100):
        tasks.fold_holders()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM ledger.transfer t LEFT JOIN ledger.holder_fold f"
                " ON f.pool = t.pool WHERE t.pool = %s AND t.place >= coalesce(f.horizon, 0)",
                [pool],
            )
            if cursor.fetchone()[0] == 0:
                return
        threading.Event().wait(0.1)
    raise AssertionError("the tail was never folded")


def test_folding_changes_no_figure_and_leaves_no_row_of_who_holds_nothing(
    lasting_pool: int,
) -> None:
    first = paid(lasting_pool, 500)
    load = sealed(lasting_pool, first.order, 500)
    book.post([load])
    moment = now()
    before, then = holders.coverage(lasting_pool, None), holders.coverage(lasting_pool, moment)
    until_folded(lasting_pool)
    assert holders.coverage(lasting_pool, None) == before == then
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger.holder WHERE pool = %s", [lasting_pool])
        assert cursor.fetchone()[0] == 2, "the receivable and the card; the order holds nothing"
    second = paid(lasting_pool, 70)
    until_folded(lasting_pool)
    assert holders.coverage(lasting_pool, moment) == then
    assert dict(holders.owed(lasting_pool)) == {load.credit: 500, second.waiting: 70}


def test_one_statement_for_one_pool_and_one_for_all(lasting_pool: int) -> None:
    paid(lasting_pool, 500)
    with CaptureQueriesContext(connection) as asked:
        mine = holders.coverage(lasting_pool, None)
        everybody = holders.coverage(None, None)
    assert len(asked) == 2
    assert [part for part in everybody if part.pool == lasting_pool] == mine


def cash(pool: int, fen: int, day: date) -> Posting:
    at = NOW + (day - DAY)
    return postings.of(
        "cash_accepted", pool, new_id(NOW), debit=BOX,
        credit=postings.received(new_id(NOW)), amount_fen=fen, event_at=at,
    )  # fmt: skip


def banked(pool: int, fen: int) -> Posting:
    return postings.of("cash_banked", pool, new_id(NOW), debit=BANK, credit=BOX, amount_fen=fen,
                       event_at=NOW)  # fmt: skip


def ages(pool: int, at: datetime | None = None) -> list[tuple[date, int]]:
    return [
        (part.day, part.positive_fen)
        for part in holders.coverage(pool, at)
        if part.day is not None and part.kind == "cash_in_transit"
    ]


def test_cash_is_as_old_as_its_oldest_note_not_yet_banked(pool: int) -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    book.post([cash(pool, 300, days[0])])
    book.post([cash(pool, 200, days[1])])
    book.post([cash(pool, 100, days[2])])
    assert ages(pool) == list(zip(days, (300, 200, 100), strict=True))
    book.post([banked(pool, 350)])
    assert ages(pool) == [(days[1], 150), (days[2], 100)]
    book.post([banked(pool, 250)])
    assert ages(pool) == []


def test_what_was_owed_and_forgiven_on_the_same_account_leaves_the_older_age(pool: int) -> None:
    fee = postings.fee_withheld(
        pool, new_id(NOW), channel="wechat", settlement_day=DAY, amount_fen=60, event_at=NOW
    )
    book.post(fee)
    lines = [p for p in holders.coverage(pool, None) if p.kind == "own_cover_due"]
    assert [(p.owner, p.day, p.positive_fen) for p in lines] == [
        ("fee", None, 60), ("fee", DAY, 60)]  # fmt: skip


def test_a_hole_in_the_holders_figures_is_named(
    lasting_pool: int, owner_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = paid(lasting_pool, 500)
    until_folded(lasting_pool)
    assert check.check_figures(lasting_pool).findings == []
    owner_connection.execute("SET ROLE ledger_owner")
    owner_connection.execute("ALTER TABLE ledger.holder DISABLE TRIGGER USER")
    owner_connection.execute(
        "UPDATE ledger.holder SET balance_fen = 499 WHERE pool = %s AND kind = %s",
        [lasting_pool, story.waiting.in_chart.number],
    )
    monkeypatch.setattr(check, "connection", owner_connection)
    assert [finding.rule for finding in check.check_figures(lasting_pool).findings] == [
        "holders_follow"
    ]


def test_a_load_is_owed_to_the_card_and_a_reversed_one_to_nobody(pool: int) -> None:
    card = postings.card_purse(a_card())
    story = paid(pool, 500)
    load = postings.load_sealed(
        pool, new_id(NOW), story.order, card.owner, amount_fen=500, event_at=NOW
    )
    held = book.hold(load)
    assert dict(holders.owed(pool)) == {story.waiting: 500}, "what is only set aside did not move"
    book.settle(pool, held.id, event_at=NOW)
    assert dict(holders.owed(pool)) == {card: 500}
    book.post([confirmed(pool, 1)])
    assert sum(fen for _ref, fen in holders.owed(pool)) == 501
