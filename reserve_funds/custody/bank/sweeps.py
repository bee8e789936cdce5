"""How much of its own income an operator may take out of the reserve now (R6, R7)."""

from __future__ import annotations

from datetime import date

from django.db import connection

from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank.errors import SweepTooLarge
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import own_cover_due

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1667655538, %s)"
_OPEN_DAY = "SELECT day FROM ledger.business_day WHERE pool = %s AND state = 'open'"
_INCOME = "own_income_in_reserve"


def open_cover_fen(pool: int) -> int:
    """What own money still owes the reserve; a reason covered too much helps no other."""
    return sum(max(0, queries.balance_fen(pool, own_cover_due(reason))) for reason in CoverReason)


def sweepable_fen(pool: int, source: Ref) -> int:
    """At most this may leave `source` now: its own, and all own income less the open cover."""
    free = _all_income_fen(pool) - open_cover_fen(pool)
    return max(0, min(queries.available_fen(pool, source), free))


def check(pool: int, source: Ref, amount_fen: int) -> None:
    """SweepTooLarge. Two sweeps of a pool are looked at one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [pool])
    most_fen = sweepable_fen(pool, source)
    if amount_fen > most_fen:
        raise SweepTooLarge(amount_fen=amount_fen, most_fen=most_fen)


def _all_income_fen(pool: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DAY, [pool])
        day: date = cursor.fetchone()[0]
    lines = [line for line in queries.trial_balance(pool, day) if line.name == _INCOME]
    return sum(line.credit_fen - line.debit_fen for line in lines)
