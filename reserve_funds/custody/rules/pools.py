"""Which rule profile a pool lives under on a day, as its book was opened for that day."""

from __future__ import annotations

from datetime import date

from django.db import connection

from reserve_funds.custody.rules import book
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.errors import PoolNotOpen

_OF_DAY = """
SELECT d.profile FROM ledger.business_day d
 WHERE d.pool = %s AND d.day <= %s ORDER BY d.day DESC LIMIT 1
"""


def profile_of(pool: int, day: date) -> Profile:
    """The profile of the business day that `day` fell in; for days to come the open day's.

    PoolNotOpen when the pool had no business day yet; RuleProfileUnknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, [pool, day])
        found = cursor.fetchone()
    if found is None:
        raise PoolNotOpen(pool=pool)
    return book.by_name(found[0])
