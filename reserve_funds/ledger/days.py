"""The business days of several pools in a span, in one question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.sealing import DayState

_STATES = """
SELECT pool, day, profile, state, cut_at, closed_at FROM ledger.business_day
 WHERE (%s::integer[] IS NULL OR pool = ANY(%s::integer[])) AND day BETWEEN %s AND %s
 ORDER BY pool, day
"""


def states(
    pools: Collection[int] | None, *, first: date, last: date
) -> Mapping[int, list[DayState]]:
    """Each pool's days in order, of these pools or (None) of all."""
    wanted = None if pools is None else list(pools)
    found: dict[int, list[DayState]] = {}
    for row in ask(_STATES, [wanted, wanted, first, last]):
        one = DayState(
            pool=row[0], day=row[1], profile=row[2], state=row[3], cut_at=row[4], closed_at=row[5]
        )
        found.setdefault(one.pool, []).append(one)
    return found
