"""What the book needs done regularly: days cut, months made ahead, long tails folded."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from accounts import clock, schedules
from reserve_funds import days
from reserve_funds.ledger import holders, pools

LONG_TAIL = 500


def cut_days() -> None:
    """Every pool's book is open for today."""
    days.cut_due(clock.now())


def make_months() -> None:
    """Three months of the book are always ready."""
    pools.make_months(3)


def fold_long_tails(long: int = LONG_TAIL) -> int:
    """Folds what is new of every kind, and the accounts whose tail is long; how many those were.

    Each account is folded in a transaction of its own: nobody waits for it, not even a cut.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pool, account FROM ledger.fold_book(%s::integer)", [long])
        grown = cursor.fetchall()
        folded = 0
        for pool, account in grown:
            cursor.execute(
                "SELECT ledger.fold(%s::integer, %s::uuid, %s::integer)", [pool, account, long]
            )
            folded += bool(cursor.fetchone()[0])
    return folded


def fold_holders() -> None:
    """What each holder is owed is read without walking history."""
    holders.fold()


schedules.every("ledger-days", "reserve_funds.tasks.cut_days", timedelta(minutes=1))
schedules.every("ledger-months", "reserve_funds.tasks.make_months", timedelta(days=1))
schedules.every("ledger-fold", "reserve_funds.tasks.fold_long_tails", timedelta(minutes=1))
schedules.every("ledger-holders", "reserve_funds.tasks.fold_holders", timedelta(minutes=1))
