"""A fresh pool for each story, so that stories may commit and leave their rows behind."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime

import pytest

from reserve_funds.ledger import pools

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


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
