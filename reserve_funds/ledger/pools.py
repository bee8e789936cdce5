"""Pools and their business days: opened, cut, and asked which day is open."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection

from reserve_funds.errors import PoolNotOpen
from reserve_funds.ledger.faults import refusal
from reserve_funds.ledger.values import Ref


def open_pool(pool: int, profile: str, first_day: date) -> bool:
    """Opens a pool's book under a profile. True when new; PoolDiffers if opened otherwise."""
    return bool(
        _ask("SELECT ledger.open_pool(%s::integer, %s, %s::date)", [pool, profile, first_day])
    )


def cut(pool: int, next_day: date) -> date:
    """日切, an instant: no posting straddles it. Answers the day that was cut; idempotent."""
    return _day(_ask("SELECT ledger.cut(%s::integer, %s::date)", [pool, next_day]))


def open_day(pool: int) -> date:
    """The day new business is booked in. PoolNotOpen when the pool was never opened."""
    found = _ask(
        "SELECT (SELECT day FROM ledger.business_day WHERE pool = %s AND state = 'open')", [pool]
    )
    if found is None:
        raise PoolNotOpen(pool=pool)
    return _day(found)


def cut_at(pool: int, day: date) -> datetime | None:
    """When this business day of the pool was cut; None while it is open, or when it never was."""
    found = _ask(
        "SELECT (SELECT cut_at FROM ledger.business_day WHERE pool = %s AND day = %s)", [pool, day]
    )
    assert found is None or isinstance(found, datetime)
    return found


def change_profile(pool: int, profile: str, from_day: date, approval_id: UUID) -> bool:
    """The pool's days from `from_day` on open under `profile`; True when new.

    Spends an approval of exactly this (`fingerprint_of_change`). What was decided last for the
    latest day counts. NotInHandbook, PoolNotOpen, ProfileDayIsOpen, ApprovalNotUsable, PoolDiffers.
    """
    return bool(
        _ask(
            "SELECT ledger.change_profile(%s::integer, %s, %s::date, %s::uuid)",
            [pool, profile, from_day, approval_id],
        )
    )


def fingerprint_of_change(pool: int, profile: str, from_day: date) -> bytes:
    """What an approval of a change of profile is bound to."""
    return hashlib.sha256(f"profile|{pool}|{profile}|{from_day.isoformat()}".encode()).digest()


def wind_down(pool: int, from_day: date, approval_id: UUID) -> bool:
    """From that day the pool takes on nothing new, for good; True when new.

    Spends an approval of exactly this (`fingerprint_of_winding_down`). PoolDiffers when another
    day was declared; PoolNotOpen, ProfileDayIsOpen, ApprovalNotUsable.
    """
    return bool(
        _ask(
            "SELECT ledger.wind_down(%s::integer, %s::date, %s::uuid)",
            [pool, from_day, approval_id],
        )
    )


def fingerprint_of_winding_down(pool: int, from_day: date) -> bytes:
    """What an approval to wind a pool down is bound to."""
    return hashlib.sha256(f"winding down|{pool}|{from_day.isoformat()}".encode()).digest()


def winding_from(pool: int) -> date | None:
    """From which day on the pool takes on nothing new; None when that was not declared."""
    found = _ask("SELECT ledger.winding_from(%s::integer)", [pool])
    return None if found is None else _day(found)


def profile_on(pool: int, day: date) -> str:
    """The name of the profile that `day` is, or will be, opened under. PoolNotOpen."""
    found = _ask("SELECT (SELECT ledger.profile_on(%s::integer, %s::date))", [pool, day])
    if found is None:
        raise PoolNotOpen(pool=pool)
    return str(found)


def fold(pool: int, ref: Ref) -> bool:
    """Folds an account's tail into its totals, as far as nobody can still write behind."""
    return bool(
        _ask(
            "SELECT ledger.fold(%s::integer, ledger.account_id(%s::integer, %s::smallint, %s))",
            [pool, pool, ref.in_chart.number, ref.owner],
        )
    )


def make_months(ahead: int = 3) -> int:
    """Makes the months to come up to `ahead` months from now; how many were made."""
    made = _ask("SELECT ledger.make_partitions(%s::integer)", [ahead])
    assert isinstance(made, int)
    return made


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value


def _ask(sql: str, parameters: list[Any]) -> object:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0]
    except DatabaseError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error
