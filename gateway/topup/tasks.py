"""The outstanding work of this room: unloaded money goes home, silent loads become doubts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.actors import WORKER
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.topup import conversation, near, ordering, queries, scanning
from gateway.topup.errors import NothingLeftToLoad, RefundWhileUnresolved
from nfc_topup import loading

RETURN = tuple([timedelta(days=1)] * 60)
END_CODE = (*([timedelta(minutes=1)] * 10), *([timedelta(minutes=10)] * 12), timedelta(hours=6))
FOLLOW = tuple([timedelta(minutes=1)] * 5 + [timedelta(hours=1)] * 48)


@duty("topup.return", schedule=RETURN)
def return_unloaded(topup_id: UUID, now: datetime) -> Later | None:
    """Sends paid money that was never loaded back to its payer; a doubt is waited for."""
    try:
        ordering.give_back(
            topup_id, person=None, actor=WORKER, because="not loaded in time", now=now
        )
    except RefundWhileUnresolved:
        return Later(because="a load is unresolved")
    except NothingLeftToLoad:
        return None
    return None


@duty(loading.FOLLOW, schedule=FOLLOW)
def follow_load(load_id: UUID, now: datetime) -> None:
    """Books what a card has proved against an earlier decision about its load."""
    conversation.catch_up(load_id, actor=WORKER, now=now)


@duty("topup.end_code", schedule=END_CODE)
def end_code(topup_id: UUID, now: datetime) -> Later | None:
    """Ends a top-up whose code nobody paid by, once every payment begun for it is over."""
    if scanning.end(topup_id, now=now):
        return None
    return Later(because="a payment begun by its code is still open")


def sweep_loads() -> None:
    """What the schedule runs every minute."""
    doubt_silent_loads(clock.now())


def doubt_silent_loads(now: datetime) -> int:
    """Puts loads whose seal got no proof in time into doubt, and their top-ups; gives how many.

    A top-up that a crash left behind its load is caught up by the next call.
    """
    loading.abandon_stale(now)
    loading.mark_silent(now)
    behind = queries.behind_their_loads()
    for topup_id in behind:
        conversation.doubt(topup_id, because="no proof came back in time", now=now)
    return len(behind)


def look_for_near_payers() -> None:
    """What the schedule runs every ten minutes."""
    near.sweep(clock.now())


every("topup.sweep_loads", "gateway.topup.tasks.sweep_loads", timedelta(minutes=1))
every("topup.near_payers", "gateway.topup.tasks.look_for_near_payers", timedelta(minutes=10))
