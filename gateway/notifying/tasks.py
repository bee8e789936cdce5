"""The outstanding work of notices: to make, to send, to forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.duties import duty
from accounts.schedules import every
from gateway.notifying import catalogue, keeping, telling, texting

_M = timedelta(minutes=1)
TELL = (*[timedelta(seconds=10)] * 6, *[_M] * 10, *[60 * _M] * 48)


@duty(catalogue.duty_of("topup"), schedule=TELL)
def tell_of_topup(subject_id: UUID, now: datetime) -> None:
    """Tells of a top-up's moves."""
    telling.tell_due("topup", subject_id, now=now)


@duty(catalogue.duty_of("transit_card"), schedule=TELL)
def tell_of_card(subject_id: UUID, now: datetime) -> None:
    """Tells that a card is reported lost."""
    telling.tell_due("transit_card", subject_id, now=now)


@duty(catalogue.duty_of("loss_report"), schedule=TELL)
def tell_of_loss(subject_id: UUID, now: datetime) -> None:
    """Tells that a loss report is in force."""
    telling.tell_due("loss_report", subject_id, now=now)


@duty(catalogue.duty_of("departure"), schedule=TELL)
def tell_of_departure(subject_id: UUID, now: datetime) -> None:
    """Tells of a replacement's or a redemption's moves."""
    telling.tell_due("departure", subject_id, now=now)


@duty(catalogue.duty_of("invoice"), schedule=TELL)
def tell_of_invoice(subject_id: UUID, now: datetime) -> None:
    """Tells of an invoice's moves."""
    telling.tell_due("invoice", subject_id, now=now)


@duty(catalogue.duty_of("assist_session"), schedule=TELL)
def tell_of_assisting(subject_id: UUID, now: datetime) -> None:
    """Tells what a clerk did for somebody, when they are done."""
    telling.tell_due("assist_session", subject_id, now=now)


def send_texts() -> None:
    """What the schedule runs every minute."""
    texting.send_due(clock.now())


def forget() -> None:
    """What the schedule runs every day."""
    keeping.forget_old(clock.now())


every("notifying.send_texts", "gateway.notifying.tasks.send_texts", timedelta(minutes=1))
every("notifying.forget", "gateway.notifying.tasks.forget", timedelta(days=1))
