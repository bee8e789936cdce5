"""What a day was closed with as a signed exception: it stops sweeps and placements till mended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from reserve_funds.custody.coverage.models import Stop
from reserve_funds.custody.errors import StopUnknown

_STANDING = "standing"


def stop(pool: int, *, subject: str, because: str, actor: Actor, now: datetime) -> Stop:
    """From now on nothing is swept or placed; the same subject again is the same stop.

    In the caller's transaction, so that it stands with the seal it belongs to.
    """
    wanted = Stop(
        id=new_id(now), pool=pool, subject=subject, because=because, state=_STANDING, since=now
    )
    with transaction.atomic():
        Stop.objects.bulk_create([wanted], ignore_conflicts=True)
        standing = Stop.objects.select_for_update().get(pool=pool, subject=subject, state=_STANDING)
        if standing.id == wanted.id:
            trail.record("outflows_stopped", actor=actor, now=now, subject=f"stop:{standing.id}",
                         pool=pool, about=subject)  # fmt: skip
    return standing


def lift(pool: int, *, subject: str, actor: Actor, because: str, now: datetime) -> Stop:
    """It is mended. StopUnknown when nothing of this subject stands."""
    with transaction.atomic():
        rows = Stop.objects.select_for_update()
        standing = rows.filter(pool=pool, subject=subject, state=_STANDING).first()
        if standing is None:
            raise StopUnknown(pool=pool, subject=subject)
        trail.advance(standing, to="lifted", actor=actor, because=because, now=now, lifted_at=now)
    return standing


def standing(pool: int) -> list[Stop]:
    """What stops the pool now, oldest first."""
    return list(Stop.objects.filter(pool=pool, state=_STANDING).order_by("since", "id"))
