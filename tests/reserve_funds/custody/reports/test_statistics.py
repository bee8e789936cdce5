"""What an operator reports of its business, and what its own means must come to."""

from datetime import timedelta

import pytest

from accounts.clock import now
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.custody.reports import export, statistics, suspension
from reserve_funds.custody.reports.capital import net_assets_due_fen
from reserve_funds.ledger import book, pools
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.reports.test_reports import booked, cells, settled
from tests.reserve_funds.stories import paid

BILLION_YUAN = 100_000_000_000
NEXT = DAY + timedelta(days=1)


def test_statistics_tell_business_fees_subsidies_and_what_is_held(pool):
    paid(pool, 900)
    paid(pool, 100)
    book.post(settled(pool, 900, 6))
    booked(pool, "own_part_owed", ("subsidy_receivable", "hz"), ("own_settlement_payable", "b"), 40)
    pools.cut(pool, NEXT)
    booked(pool, "own_part_owed", ("subsidy_receivable", "hz"), ("own_settlement_payable", "b"), 2)
    booked(pool, "own_part_owed", ("subsidy_receivable", "nb"), ("own_settlement_payable", "b"), 7)
    told = statistics.statistics(pool, DAY, DAY)
    events = {row[0].split()[-1]: row[1:] for row in cells(told, "events")}
    assert events["payment_confirmed"] == (2, 1_000)
    assert cells(told, "subsidies") == [("hz", 0, 40, 40)]
    assert [row[2:] for row in cells(told, "fees")] == [(1, 6)], "the own book's cost, once"
    held = {row[0].split()[-1]: row[1:] for row in cells(told, "held")}
    assert (held["unloaded_orders"], held["wallet"]) == ((2, 1_000), (0, 0))
    both = statistics.statistics(pool, NEXT, NEXT)
    assert cells(both, "subsidies") == [("hz", 40, 2, 42), ("nb", 0, 7, 7)]
    assert cells(both, "fees") == []


def test_a_plan_of_suspension_has_its_figures(pool):
    """R28: whom we owe, what pays it from which day, and what is under way."""
    story = paid(pool, 1_000)
    refund = new_id(NOW)
    book.post([
        postings.refund_asked(pool, refund, source=story.waiting, amount_fen=200, event_at=NOW)
    ])  # fmt: skip
    book.post(settled(pool, 1_000, 6))
    told = suspension.suspension(pool, now())
    owed = {row[0].split()[-1]: row[1:] for row in cells(told, "holders")}
    assert (owed["unloaded_orders"], owed["refunds_in_flight"]) == ((1, 800), (1, 200))
    assert [row[2:] for row in cells(told, "means")] == [(994, 994, 6), (6, 1_000, 0)]
    under_way = {row[0].split()[-1] for row in cells(told, "under-way")}
    assert under_way == {"unloaded_orders", "refunds_in_flight"}
    book.hold(postings.load_sealed(pool, new_id(NOW), story.order, "0" * 20, amount_fen=800,
                                   event_at=NOW))  # fmt: skip
    again = suspension.suspension(pool, now())
    assert [row[1] for row in cells(again, "doubts")] == [800]
    assert b"".join(export.as_csv(again)).decode("utf-8-sig").count("停业预案数据") >= 1


@pytest.mark.parametrize(
    ("average", "due"),
    [
        (1, 1),
        (50 * BILLION_YUAN, 25 * BILLION_YUAN // 10),
        (200 * BILLION_YUAN, 85 * BILLION_YUAN // 10),
        (500 * BILLION_YUAN, 175 * BILLION_YUAN // 10),
        (1_000 * BILLION_YUAN, 275 * BILLION_YUAN // 10),
        (1_100 * BILLION_YUAN, 285 * BILLION_YUAN // 10),
    ],
)
def test_net_assets_fall_by_steps(average, due):
    first = 50 * BILLION_YUAN
    assert net_assets_due_fen(average, first_fen=first, first_per_mille=50) == due
