"""Business days roll at midnight in Shanghai; a late roll goes straight to today."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from accounts.clock import start_of_day
from reserve_funds import days
from reserve_funds.ledger import book, pools, queries
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.stories import confirmed

BEFORE_MIDNIGHT = start_of_day(DAY + timedelta(days=1)) - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "open_day"),
    [
        (BEFORE_MIDNIGHT, DAY),
        (BEFORE_MIDNIGHT + timedelta(seconds=1), DAY + timedelta(days=1)),
        (BEFORE_MIDNIGHT + timedelta(days=40), DAY + timedelta(days=40)),
    ],
)
def test_the_open_day_is_today_in_shanghai(pool: int, now: datetime, open_day: date) -> None:
    assert (pool in days.cut_due(now)) == (open_day != DAY)
    assert pools.open_day(pool) == open_day
    assert pool not in days.cut_due(now), "twice is once"


def test_what_was_booked_stays_in_its_day(pool: int) -> None:
    before = book.post([confirmed(pool, 100)])[0]
    days.cut_due(BEFORE_MIDNIGHT + timedelta(days=1))
    after = book.post([confirmed(pool, 50)])[0]
    assert (before.business_day, after.business_day) == (DAY, DAY + timedelta(days=1))
    assert {line.debit_fen for line in queries.trial_balance(pool, DAY)} <= {0, 100}
