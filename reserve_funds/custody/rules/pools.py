"""Which rule profile a pool lives under on a day, as its book was or will be opened for it."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.models import DateField, F, Func, IntegerField, TextField, Value

from reserve_funds.custody.rules import book
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.errors import PoolNotOpen

# A day between two business days belongs to the one before it; a day to come is told as decided.
_OF_DAY = """
SELECT CASE WHEN d.state = 'open' THEN ledger.profile_on(d.pool, %(day)s) ELSE d.profile END
  FROM ledger.business_day d
 WHERE d.pool = %(pool)s AND d.day <= %(day)s ORDER BY d.day DESC LIMIT 1
"""
_BESIDE = """
(SELECT CASE WHEN d.state = 'open' THEN ledger.profile_on(d.pool, a.day) ELSE d.profile END
   FROM (VALUES (%(expressions)s)) AS a(pool, day)
   JOIN ledger.business_day d ON d.pool = a.pool AND d.day <= a.day
  ORDER BY d.day DESC LIMIT 1)
"""


def profile_of(pool: int, day: date) -> Profile:
    """The profile of the business day that `day` fell in; of a day to come, what was decided.

    PoolNotOpen when the pool had no business day yet; RuleProfileUnknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, {"pool": pool, "day": day})
        found = cursor.fetchone()
    return profile_named(found[0] if found else None, pool)


def beside(pool: int | F, day: date) -> Func:
    """The name of that profile as an expression, for a question that is asked anyway."""
    of = Value(pool, output_field=IntegerField()) if isinstance(pool, int) else pool
    on = Value(day, output_field=DateField())
    return Func(of, on, template=_BESIDE, output_field=TextField())


def profile_named(name: str | None, pool: int) -> Profile:
    """What `beside` has named. PoolNotOpen for none; RuleProfileUnknown."""
    if name is None:
        raise PoolNotOpen(pool=pool)
    return book.by_name(name)
