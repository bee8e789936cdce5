"""What the book needs done regularly: days cut, months made ahead, long tails folded."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from accounts import clock, schedules
from reserve_funds import days
from reserve_funds.chart import BY_NAME
from reserve_funds.ledger import pools

LONG_TAIL = 500
_LONG_TAILS = """
SELECT a.pool, a.id
  FROM ledger.account a
  LEFT JOIN ledger.tally t ON t.pool = a.pool AND t.account = a.id
 CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        (SELECT 1 FROM ledger.transfer x WHERE x.pool = a.pool AND x.debit_account = a.id
            AND x.business_day >= coalesce(t.since_day, '-infinity')
            AND x.booked_xid >= coalesce(t.horizon, '0'::xid8) LIMIT %(long)s)
        UNION ALL
        (SELECT 1 FROM ledger.transfer x WHERE x.pool = a.pool AND x.credit_account = a.id
            AND x.business_day >= coalesce(t.since_day, '-infinity')
            AND x.booked_xid >= coalesce(t.horizon, '0'::xid8) LIMIT %(long)s)) rows) tail
 WHERE NOT a.guarded AND a.kind <> %(purse)s AND tail.n >= %(long)s
"""


def cut_days() -> None:
    """Every pool's book is open for today."""
    days.cut_due(clock.now())


def make_months() -> None:
    """Three months of the book are always ready."""
    pools.make_months(3)


def fold_long_tails(long: int = LONG_TAIL) -> int:
    """Folds the tallied accounts whose tail is long; how many. A card's own tail stays short."""
    with connection.cursor() as cursor:
        cursor.execute(_LONG_TAILS, {"long": long, "purse": BY_NAME["card_purse"].number})
        found = cursor.fetchall()
        for pool, account in found:
            cursor.execute("SELECT ledger.fold(%s::integer, %s::uuid)", [pool, account])
    return len(found)


schedules.every("ledger-days", "reserve_funds.tasks.cut_days", timedelta(minutes=1))
schedules.every("ledger-months", "reserve_funds.tasks.make_months", timedelta(days=1))
schedules.every("ledger-fold", "reserve_funds.tasks.fold_long_tails", timedelta(minutes=10))
