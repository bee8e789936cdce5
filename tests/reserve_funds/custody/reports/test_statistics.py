"""What an operator reports of its business, and what its own means must come to."""

from datetime import timedelta

import pytest

from reserve_funds.custody.reports import statistics
from reserve_funds.custody.reports.capital import net_assets_due_fen
from reserve_funds.ledger import book, pools
from tests.reserve_funds.conftest import DAY
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
