"""What the rules of a pool's open day say about an outflow: purpose, posting rule, route."""

from __future__ import annotations

from datetime import date

from django.db import connection

from reserve_funds.custody.bank.errors import OutflowNotPermitted, OutflowRouteWrong
from reserve_funds.custody.rules import pools
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.handbook import EVENTS, Purpose
from reserve_funds.ledger.values import Ref

IN_TRANSIT = "bank_out_in_transit"
_PERMITS = "SELECT public.custody_bank_permits(%s, %s, %s)"


def of_open_day(pool: int) -> Profile:
    """The profile that what is booked now falls under. PoolNotOpen."""
    return pools.profile_of(pool, date.max)


def rule_for(pool: int, purpose: Purpose, source: Ref) -> str:
    """The code of the handbook by which this source may pay for this purpose.

    OutflowNotPermitted when the handbook, the profile, or the database's copy of it has none.
    """
    codes = [
        event.code
        for event in EVENTS
        if event.purpose is purpose and source.kind in event.debits and IN_TRANSIT in event.credits
    ]
    refused = OutflowNotPermitted(purpose=str(purpose), source=source.kind, pool=pool)
    if len(codes) != 1 or not of_open_day(pool).permits(purpose):
        raise refused
    with connection.cursor() as cursor:
        cursor.execute(_PERMITS, [pool, codes[0], str(purpose)])
        if not cursor.fetchone()[0]:
            raise refused
    return codes[0]


def check_route(pool: int, route: str) -> None:
    """R5: where the profile has it, every outflow names one of its routes. OutflowRouteWrong."""
    rule = of_open_day(pool).rule("R5")
    if rule is None:
        return
    routes = rule.parameters["routes"]
    assert isinstance(routes, tuple)
    if route not in routes:
        raise OutflowRouteWrong(routes=routes, route=route[:16])
