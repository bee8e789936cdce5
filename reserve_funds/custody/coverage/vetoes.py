"""What coverage says to outflows: no sweep, no placement while something is missing or stopped."""

from __future__ import annotations

from datetime import datetime

from accounts.clock import business_day
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.requests import Draft
from reserve_funds.custody.coverage import figures, stops
from reserve_funds.custody.errors import OutflowsStopped, ReserveShort
from reserve_funds.custody.rules import winding
from reserve_funds.handbook import Purpose

_INCOME = "own_income_in_reserve"


def attach() -> None:
    """From now on every sweep and placement is looked at here, asked and approved."""
    requests.before_asking(check)


def check(draft: Draft) -> None:
    """Asked of every outflow; only sweeps and placements wait for coverage.

    PoolWindingDown: while everybody else is paid back, neither is asked for any more (R23).
    """
    if draft.purpose in (Purpose.OWN_INCOME_SWEEP, Purpose.PRINCIPAL_SAFE_PLACEMENT):
        winding.refuse_new(draft.pool, business_day(draft.now))
    if draft.purpose is Purpose.OWN_INCOME_SWEEP:
        may_sweep(draft.pool, draft.now, amount_fen=draft.amount_fen)
    elif draft.purpose is Purpose.PRINCIPAL_SAFE_PLACEMENT:
        may_place(draft.pool, draft.now)


def may_sweep(pool: int, now: datetime, *, amount_fen: int = 0) -> None:
    """Own income may leave only as far as what stays of it makes up for all that is missing (R6).

    So holders are covered in full after it, by what is theirs. ReserveShort, OutflowsStopped.
    """
    _nothing_stops(pool)
    told = figures.of(pool)
    own = sum(part.fen for part in told.owed if part.kind == _INCOME)
    if told.is_short and told.shortfall_fen > own - amount_fen:
        raise ReserveShort(pool=pool, shortfall_fen=told.shortfall_fen)


def may_place(pool: int, now: datetime) -> None:
    """Money is placed only when nothing at all is missing (R11). ReserveShort, OutflowsStopped."""
    _nothing_stops(pool)
    told = figures.of(pool)
    if told.is_short:
        raise ReserveShort(pool=pool, shortfall_fen=told.shortfall_fen)


def _nothing_stops(pool: int) -> None:
    for first in stops.standing(pool)[:1]:
        raise OutflowsStopped(pool=pool, subject=first.subject, because=first.because)
