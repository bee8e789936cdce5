"""Budgets of tries: spent atomically before a guess is looked at, so that a flood gains nothing."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Budget

_SPEND = """
INSERT INTO accounts_budget AS b (name, began_at, used) VALUES (%(name)s, %(now)s, 1)
ON CONFLICT (name) DO UPDATE SET
    began_at = CASE WHEN b.began_at <= %(now)s - %(window)s THEN excluded.began_at
                    ELSE b.began_at END,
    used = CASE WHEN b.began_at <= %(now)s - %(window)s THEN 1 ELSE b.used + 1 END
RETURNING used
"""


def spend(name: str, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Take one try out of the budget `name`; False when the window's `limit` is used up.

    One statement, so among any number of callers at once at most `limit` are told True. Call it
    outside the transaction of what is tried, or a failure would give the try back.
    """
    with connection.cursor() as cursor:
        given: dict[str, Any] = {"name": name, "now": now, "window": window}
        cursor.execute(_SPEND, given)
        return bool(cursor.fetchone()[0] <= limit)


def wait_seconds(name: str, window: timedelta, now: datetime) -> int:
    """Whole seconds until the present window of this budget is over; 0 when none is running."""
    row = Budget.objects.filter(name=name).first()
    left = timedelta() if row is None else row.began_at + window - now
    return max(0, math.ceil(left.total_seconds()))


def refill(name: str) -> None:
    """Give a budget back whole: whoever tried was who they said."""
    Budget.objects.filter(name=name).update(used=0)


def forget(before: datetime) -> int:
    """Drop the budgets whose window began before this moment; how many there were."""
    return Budget.objects.filter(began_at__lt=before).delete()[0]


def blind(kind: str, text: str) -> str:
    """A budget's name for something that must not be kept in clear: an address, a typed name."""
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
