"""The maturity ladder: what comes back when, against what is expected to leave until then.

The forecast is stated simply: in any N days at most as much leaves as left in the worst N days
together of the last ninety, by the banks' own statements, placements and moves between the pool's
own accounts apart. Money that may come in is never counted on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Sum

from reserve_funds.custody.bank.models import BankEntry, Instruction
from reserve_funds.custody.placements import returning
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import queries

HISTORY_DAYS = 90
_DAY = timedelta(days=1)
_STAYS = (str(Purpose.PRINCIPAL_SAFE_PLACEMENT), str(Purpose.CUSTODY_TRANSFER))
_PLACEABLE = (
    "SELECT liquid_fen::bigint, floor_fen::bigint, owed_fen::bigint, held_fen::bigint"
    " FROM ledger.placeable(%s::integer, %s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """The end of one day to come: what is back by then, what may have left, what is then at banks.

    All three are counted from today on; `left_fen` may be below zero.
    """

    day: date
    back_fen: int
    expected_out_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What lies at banks and is not on its way out, and how much of it must stay there."""

    liquid_fen: int
    floor_fen: int
    shortfall_fen: int

    @property
    def most_fen(self) -> int:
        """At most this may be placed now."""
        return 0 if self.shortfall_fen else max(0, self.liquid_fen - self.floor_fen)


def room(pool: int, profile: Profile) -> Room | None:
    """How much a pool could place by its floor; None where its profile places nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACEABLE, [pool, profile.name])
        row = cursor.fetchone()
    if row[1] is None:
        return None
    return Room(liquid_fen=row[0], floor_fen=row[1], shortfall_fen=max(0, row[2] - row[3]))


def ladder(pool: int, today: date, *, placing_fen: int = 0) -> list[Rung]:
    """Every day of the profile's horizon, as if `placing_fen` more were placed now, beyond it.

    Empty where the profile places nothing.
    """
    profile = profile_of(pool, today)
    rule, told = profile.rule("R11"), room(pool, profile)
    if rule is None or told is None:
        return []
    horizon = rule.number("horizon_days")
    return rungs(
        today=today,
        liquid_fen=told.liquid_fen - placing_fen,
        back=_coming_back(pool),
        worst=worst_windows(outflows(pool, today), today, horizon),
    )


def rungs(
    *, today: date, liquid_fen: int, back: Mapping[date, int], worst: Sequence[int]
) -> list[Rung]:
    """The ladder from what it is made of; what should be back already counts for nothing.

    `worst[n]` is the most that may leave in n + 1 days.
    """
    made, returned = [], 0
    for number, expected in enumerate(worst, start=1):
        day = today + number * _DAY
        returned += back.get(day, 0)
        made.append(
            Rung(
                day=day,
                back_fen=returned,
                expected_out_fen=expected,
                left_fen=liquid_fen + returned - expected,
            )
        )
    return made


def worst_windows(out: Mapping[date, int], today: date, horizon: int) -> list[int]:
    """For 1, 2 … `horizon` days: the most that ever left in so many days together."""
    days = [out.get(today - number * _DAY, 0) for number in range(HISTORY_DAYS, 0, -1)]
    return [
        max(sum(days[first : first + length]) for first in range(len(days) - length + 1))
        for length in range(1, min(horizon, HISTORY_DAYS) + 1)
    ]


def outflows(pool: int, today: date) -> dict[date, int]:
    """What left the pool's reserve accounts on each of the last ninety days, by its statements."""
    rows = BankEntry.objects.filter(
        account__pool=pool,
        account__use="reserve",
        side="out",
        reversal=False,
        booked_day__gte=today - HISTORY_DAYS * _DAY,
        booked_day__lt=today,
    )
    stays = Instruction.objects.filter(pool=pool, purpose__in=_STAYS).values("number")
    sums = rows.exclude(our_no__in=stays).values("booked_day").annotate(fen=Sum("amount_fen"))
    return {row["booked_day"]: row["fen"] for row in sums}


def _coming_back(pool: int) -> Counter[date]:
    back: Counter[date] = Counter()
    for placement in Placement.objects.filter(pool=pool, state="placed"):
        back[returning.due_on(placement)] += queries.balance_fen(pool, placement.ref)
    return back
