"""The outstanding work of this room: silent slots become orders, bank lines give quota back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.kiosk import boxes, cash, claims, fleet, guard, quota, transfers
from gateway.kiosk.models import Box

BANK_SAID = "kiosk.bank_said"
SOON = (*([timedelta(minutes=1)] * 10), *([timedelta(hours=1)] * 240))
LOOK = (*([timedelta(minutes=10)] * 36), *([timedelta(hours=1)] * 24 * 60))


@duty(boxes.BANK_DUTY, schedule=LOOK)
def follow_bank(box_id: UUID, now: datetime) -> Later | None:
    """Gives quota back for what the bank has seen of a box, until it has all of it."""
    if quota.follow_bank(box_id, now=now):
        return None
    return Later(because="the bank has not seen all of the box")


@duty(claims.DUTY, schedule=tuple([timedelta(hours=6)] * 4 * 400))
def follow_claim(claim_id: UUID, now: datetime) -> Later | None:
    """Tells people of cash that no card took in time, and follows it until it is settled."""
    if claims.look(claim_id, now=now):
        return None
    return Later(because="the cash is neither on its card nor given back")


@duty(BANK_SAID, schedule=SOON)
def bank_said(instruction_id: UUID, now: datetime) -> None:
    """What became of a transfer, and whether it came back: of cash that no card took?"""
    claim_id = transfers.claim_of(instruction_id)
    if claim_id is not None:
        claims.look(claim_id, now=now)


def sweep() -> None:
    """What the schedule runs every minute."""
    now = clock.now()
    cash.tidy(now)


def look_again() -> None:
    """What the schedule runs once a day: boxes once banked, lest a bank took back; old numbers
    and hours; claims whose load was disproved."""
    now = clock.now()
    month_ago = now - timedelta(days=60)
    for box_id in Box.objects.filter(state="banked", removed_at__gt=month_ago).values_list(
        "id", flat=True
    ):
        quota.follow_bank(box_id, now=now)
    claims.reopen(now)
    guard.purge(now)
    fleet.purge(now)


every("kiosk.sweep", "gateway.kiosk.tasks.sweep", timedelta(minutes=1))
every("kiosk.look_again", "gateway.kiosk.tasks.look_again", timedelta(days=1))
