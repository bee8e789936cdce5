"""The outstanding work of card services: losses take effect, balances move, parts are followed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.card_service import departing, following, late_rides, losing, moving
from gateway.card_service.models import Part
from reserve_funds.custody.bank.models import Instruction

RETURNED = "card_service.returned"
_WAIT = (*[timedelta(minutes=5)] * 12, *[timedelta(days=1)] * 180)
_SOON = (*[timedelta(minutes=1)] * 10, *[timedelta(hours=1)] * 240)


@duty(losing.IN_FORCE, schedule=_SOON)
def loss_in_force(report_id: UUID, now: datetime) -> Later | None:
    """A loss report takes effect."""
    return losing.take_effect(report_id, now)


@duty(departing.MOVE, schedule=_WAIT)
def move_balance(departure_id: UUID, now: datetime) -> Later | None:
    """The wait is over: the balance leaves its card."""
    return moving.move(departure_id, now)


@duty(RETURNED, schedule=_SOON)
def bank_returned(instruction_id: UUID, now: datetime) -> None:
    """A bank sent back what it had paid: is it one of ours?"""
    request_id = Instruction.objects.values_list("request_id", flat=True).get(pk=instruction_id)
    for departure_id in Part.objects.filter(goes_as=request_id).values_list("departure_id"):
        following.look(departure_id[0], now)


def follow_departures() -> None:
    """What the schedule runs every minute."""
    now = clock.now()
    for departure_id in following.open_ones():
        following.look(departure_id, now)


def cover_late_rides() -> None:
    """What the schedule runs every hour."""
    now = clock.now()
    for departure_id in late_rides.in_debt():
        late_rides.cover(departure_id, now)


every("card_service.follow", "gateway.card_service.tasks.follow_departures", timedelta(minutes=1))
every("card_service.late_rides", "gateway.card_service.tasks.cover_late_rides", timedelta(hours=1))
