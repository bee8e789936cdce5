"""The outstanding work of deposits: due when cards come in, followed where banks pay."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.duties import duty
from accounts.schedules import every
from gateway.deposits import coming_back

HANDED_IN, BANK_SAID = "deposits.handed_in", "deposits.bank_said"
_SOON = (*[timedelta(minutes=1)] * 10, *[timedelta(hours=1)] * 240)


@duty(coming_back.LOOK, schedule=_SOON)
def look(deposit_id: UUID, now: datetime) -> None:
    """It may have been paid after its card came in."""
    coming_back.look(deposit_id, now)


@duty(HANDED_IN, schedule=_SOON)
def handed_in(departure_id: UUID, now: datetime) -> None:
    """A card came in, or its balance has left it."""
    coming_back.handed_in(departure_id, now)


@duty(BANK_SAID, schedule=_SOON)
def bank_said(instruction_id: UUID, now: datetime) -> None:
    """A bank was told, has paid, or could not: is it a deposit?"""
    coming_back.hear_bank(instruction_id, now)


def follow() -> None:
    """What the schedule runs every ten minutes."""
    now = clock.now()
    for deposit_id in coming_back.to_look_at():
        coming_back.look(deposit_id, now)


every("deposits.follow", "gateway.deposits.tasks.follow", timedelta(minutes=10))
