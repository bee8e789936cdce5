"""终止业务 (R23): two officers declare that a pool is wound down from a day on, for good.

From that day the pool takes on nothing new: no top-up, no placement, none of the operator's income
leaves it (the database refuses them too). What holders are owed is given back free of charge,
without the profile's waiting time or cash threshold; trips may still be late, and that wait stays.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.errors import NotAWindingDown
from reserve_funds.errors import PoolDiffers, PoolWindingDown, ProfileDayIsOpen
from reserve_funds.ledger import pools

PURPOSE = "custody.winding_down"
TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200


def ask(*, pool: int, from_day: date, because: str, maker: Person, now: datetime) -> Approval:
    """One finance officer of the pool asks that it be wound down from `from_day` on.

    NotAllowed, NotAWindingDown (no reason), PoolNotOpen, ProfileDayIsOpen (the day is over),
    PoolDiffers (it is declared already).
    """
    if not people.has_role(maker, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not 0 < len(because.strip()) <= _LONGEST_REASON:
        raise NotAWindingDown(field="because")
    if (known := from_day_of(pool)) is not None:
        raise PoolDiffers(pool=pool, from_day=str(known))
    if from_day < (open_day := pools.open_day(pool)):
        raise ProfileDayIsOpen(pool=pool, open=str(open_day), asked=str(from_day))
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=pool,
        content={"from_day": str(from_day), "because": because.strip()},
        fingerprint=pools.fingerprint_of_winding_down(pool, from_day),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> date:
    """Another finance officer says so too, and it is declared; the day from which it holds.

    ApprovalUnknown, NotAWindingDown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided,
    ProfileDayIsOpen (the day is over meanwhile), PoolDiffers.
    """
    with transaction.atomic():
        asked = _asked(approval_id)
        approvals.approve(approval_id, checker=checker, now=now)
        from_day = date.fromisoformat(asked.content["from_day"])
        pools.wind_down(asked.pool, from_day, approval_id)
        trail.record(
            "pool_winding_down",
            actor=Actor(kind="officer", id=str(checker.pk)),
            now=now,
            subject=f"approval:{approval_id}",
            pool=asked.pool,
            from_day=from_day,
        )
    return from_day


def refuse(approval_id: UUID, *, checker: Person, now: datetime) -> None:
    """Another officer says no. Errors as for `approve`."""
    with transaction.atomic():
        approvals.refuse(_asked(approval_id).id, checker=checker, now=now)


def from_day_of(pool: int) -> date | None:
    """From which day on the pool is wound down; None when nobody has declared it."""
    return pools.winding_from(pool)


def is_winding_down(pool: int, day: date) -> bool:
    """Whether the pool takes on nothing new on that day."""
    from_day = from_day_of(pool)
    return from_day is not None and from_day <= day


def refuse_new(pool: int, day: date) -> None:
    """PoolWindingDown from the declared day on."""
    from_day = from_day_of(pool)
    if from_day is not None and from_day <= day:
        raise PoolWindingDown(pool=pool, from_day=str(from_day))


def _asked(approval_id: UUID) -> Approval:
    asked = approvals.get(approval_id)
    if asked.purpose != PURPOSE:
        raise NotAWindingDown(id=str(approval_id), purpose=asked.purpose)
    return asked
