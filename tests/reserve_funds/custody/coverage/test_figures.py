"""Coverage says what is owed, where it is, and what is missing; never nets one holder's debt."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.clock import now
from reserve_funds import postings
from reserve_funds.custody.coverage import figures
from reserve_funds.custody.coverage.values import Held, Owed
from reserve_funds.errors import Overdrawn, PoolNotOpen
from reserve_funds.ledger import book, holders, pools
from tests.reserve_funds.conftest import DAY, fresh_pool_number
from tests.reserve_funds.custody.coverage.stories import (
    BANK,
    covered,
    loaded,
    paid_in,
    ride,
    settled,
)
from tests.reserve_funds.stories import a_card
from tests.reserve_funds.test_holders import derived, posting, wishes
from tests.support.campaign import size


def test_a_top_up_is_covered_by_what_the_channel_owes_and_short_by_its_fee(pool: int) -> None:
    waiting = paid_in(pool, 10_000)
    told = figures.of(pool)
    assert (told.held_fen, told.positive_liabilities_fen, told.ratio_bp) == (10_000, 10_000, 10_000)
    assert not told.is_short
    settled(pool, 10_000, 60)
    told = figures.of(pool)
    assert told.held == (Held(kind="bank_reserve", owner=BANK, fen=9_940),)
    assert told.owed == (Owed(kind="unloaded_orders", fen=10_000, overdrawn_fen=0, holders=1),)
    assert (told.shortfall_fen, told.cover_due_fen, told.ratio_bp) == (60, 60, 9_940)
    assert [(due.reason, due.fen, due.ages) for due in told.cover_due] == [
        ("fee", 60, ((DAY, 60),))
    ]
    loaded(pool, waiting, a_card(), 10_000)
    assert figures.of(pool).shortfall_fen == 60, "whose it is moved, what is missing did not"
    covered(pool, 60)
    told = figures.of(pool)
    assert (told.shortfall_fen, told.cover_due, told.ratio_bp) == (0, (), 10_000)


def test_one_holders_debt_is_not_another_holders_money(pool: int) -> None:
    mine, yours = a_card(), a_card()
    loaded(pool, paid_in(pool, 500), mine, 500)
    loaded(pool, paid_in(pool, 100), yours, 100)
    book.post([ride(pool, yours, 130)])
    told = figures.of(pool)
    (purses,) = [part for part in told.owed if part.kind == "card_purse"]
    assert (purses.fen, purses.overdrawn_fen, purses.holders) == (500, 30, 2)
    assert (told.shortfall_fen, told.overdrawn_fen, told.cover_due_fen) == (30, 30, 0)
    leaves = dict(figures.leaves(pool))
    assert leaves[postings.card_purse(yours)] == 0
    assert sum(leaves.values()) == told.positive_liabilities_fen


def test_a_ratio_is_never_rounded_up_to_whole(pool: int) -> None:
    paid_in(pool, 1_000_000)
    settled(pool, 1_000_000, 1)
    assert figures.of(pool).ratio_bp == 9_999
    assert figures.of(fresh_pool_number()).ratio_bp is None, "nothing is owed"


def test_a_cut_days_coverage_stays_what_it_was(lasting_pool: int) -> None:
    paid_in(lasting_pool, 700)
    with pytest.raises(PoolNotOpen):
        figures.at_the_cut(lasting_pool, DAY)
    moment = now()
    pools.cut(lasting_pool, DAY + timedelta(days=1))
    then = figures.at_the_cut(lasting_pool, DAY)
    settled(lasting_pool, 700, 5)
    assert figures.at_the_cut(lasting_pool, DAY) == then
    assert figures.of(lasting_pool, moment).held == then.held
    assert (then.shortfall_fen, figures.of(lasting_pool).shortfall_fen) == (0, 5)


def test_a_pool_is_read_in_one_question_and_the_province_in_one(lasting_pool: int) -> None:
    paid_in(lasting_pool, 700)
    with CaptureQueriesContext(connection) as asked:
        mine = figures.of(lasting_pool)
        province = figures.everywhere()
    assert len(asked) == 2
    assert province[lasting_pool] == mine


@pytest.mark.django_db
@settings(
    max_examples=size(12, 1_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(wishes, min_size=1, max_size=20))
def test_what_is_missing_is_always_cover_due_and_overdrafts(
    wanted: list[tuple[tuple[str, object, object], int, int]],
) -> None:
    pool = fresh_pool_number()
    pools.open_pool(pool, "MOT", DAY)
    for wish in wanted:
        with suppress(Overdrawn), transaction.atomic():
            book.post([posting(pool, wish)])  # type: ignore[arg-type]
    told, balances = figures.of(pool), derived(pool, None)
    due = sum(fen for ref, fen in balances.items() if ref.kind == "own_cover_due")
    assets = {r: f for r, f in balances.items() if r.in_chart.side == "debit"}
    owed = [fen for ref, fen in balances.items() if ref.in_chart.side == "credit"]
    assert told.held_fen == sum(assets.values()) - due
    assert told.positive_liabilities_fen == sum(max(0, fen) for fen in owed)
    assert told.overdrawn_fen == sum(max(0, -fen) for fen in owed)
    assert told.cover_due_fen == due
    gap = told.positive_liabilities_fen - told.held_fen
    assert gap == told.cover_due_fen + told.overdrawn_fen
    assert told.shortfall_fen == max(0, gap)
    assert dict(figures.leaves(pool)) == {
        ref: max(0, fen) for ref, fen in dict(holders.owed(pool)).items()
    }
