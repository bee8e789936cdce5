"""Rolls the business days: at midnight in Shanghai new business belongs to the next day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection

from accounts.clock import business_day
from reserve_funds.ledger import pools


def cut_due(now: datetime) -> list[int]:
    """Cuts every pool whose open day is over; which. A pool that is late is cut to today at once.

    Each cut is its own transaction, so that one pool under way holds up no other.
    """
    today = business_day(now)
    late = _open_before(today)
    for pool in late:
        pools.cut(pool, today)
    return late


def _open_before(day: date) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pool FROM ledger.business_day WHERE state = 'open' AND day < %s ORDER BY pool",
            [day],
        )
        return [pool for (pool,) in cursor.fetchall()]
