"""A fresh pool for each story, so that stories may commit and leave their rows behind."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from accounts import clock
from reserve_funds.ledger import pools

# A run's day follows the clock, with which PostgreSQL stamps what it books: the last day that is
# over, told an hour before its midnight. So its noon is past, and at most one midnight comes after.
DAY = clock.business_day(clock.now() + timedelta(hours=1)) - timedelta(days=1)
NOW = clock.start_of_day(DAY) + timedelta(hours=12)


def fresh_pool_number() -> int:
    return 1_000_000 + secrets.randbelow(2_000_000_000)


@pytest.fixture
def pool(db: None) -> int:
    """An open pool inside a transaction that is rolled back."""
    number = fresh_pool_number()
    pools.open_pool(number, "MOT", DAY)
    return number


@pytest.fixture
def lasting_pool(lasting_db: None) -> int:
    """An open pool that stays."""
    number = fresh_pool_number()
    pools.open_pool(number, "MOT", DAY)
    return number
