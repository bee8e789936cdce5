"""Which rule profile a pool lives under on a day, as its book was or will be opened for it."""

from __future__ import annotations

from datetime import date

from django.db import connection

from reserve_funds.custody.rules import book
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.errors import PoolNotOpen

# A day between two business days belongs to the one before it; a day to come is told as decided.
_OF_DAY = """
SELECT CASE WHEN d.state = 'open' THEN ledger.profile_on(d.pool, %(day)s) ELSE d.profile END
  FROM ledger.business_day d
 WHERE d.pool = %(pool)s AND d.day <= %(day)s ORDER BY d.day DESC LIMIT 1
"""


def profile_of(pool: int, day: date) -> Profile:
    """The profile of the business day that `day` fell in; of a day to come, what was decided.

    PoolNotOpen when the pool had no business day yet; RuleProfileUnknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, {"pool": pool, "day": day})
        found = cursor.fetchone()
    if found is None:
        raise PoolNotOpen(pool=pool)
    return book.by_name(found[0])
