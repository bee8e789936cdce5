"""The outstanding work of this room: events to make, to send, to give up and to forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.events import catalogue, delivering, keeping, making, owing
from gateway.invoice import queries as invoices

_M = timedelta(minutes=1)
MAKE = (*[timedelta(seconds=10)] * 6, *[_M] * 10, *[60 * _M] * 72)
SEND = (*[_M] * 10, *[60 * _M] * 72)


@duty(catalogue.duty_of("topup"), schedule=MAKE)
def make_of_topup(topup_id: UUID, now: datetime) -> None:
    """Makes the events of a top-up's moves."""
    making.make("topup", topup_id, now=now)


@duty(catalogue.duty_of("payment"), schedule=MAKE)
def make_of_payment(payment_id: UUID, now: datetime) -> None:
    """Makes the events of a payment's moves."""
    making.make("payment", payment_id, now=now)


@duty(catalogue.duty_of("refund"), schedule=MAKE)
def make_of_refund(refund_id: UUID, now: datetime) -> None:
    """Makes the events of a refund's moves."""
    making.make("refund", refund_id, now=now)


@duty(catalogue.duty_of("transit_card"), schedule=MAKE)
def make_of_card(card_id: UUID, now: datetime) -> None:
    """Makes the events of a card's moves."""
    making.make("transit_card", card_id, now=now)


@duty(catalogue.duty_of("departure"), schedule=MAKE)
def make_of_departure(departure_id: UUID, now: datetime) -> None:
    """Makes the events of a balance that leaves its card."""
    making.make("departure", departure_id, now=now)


@duty(catalogue.duty_of("invoice"), schedule=MAKE)
def make_of_invoice(invoice_id: UUID, now: datetime) -> None:
    """Makes the events of an invoice's moves; only one of a payment is told of."""
    if not invoices.names_no_payment(invoice_id):
        making.make("invoice", invoice_id, now=now)


@duty(owing.SEND, schedule=SEND)
def send(endpoint_id: UUID, now: datetime) -> Later | None:
    """Sends what one endpoint is owed."""
    return delivering.work_off(endpoint_id, now=now)


def keep_house() -> None:
    """What the schedule runs: gives up what is late, forgets what is old."""
    now = clock.now()
    delivering.give_up_late(None, now=now)
    keeping.forget(now=now)


every("events.keep_house", "gateway.events.tasks.keep_house", timedelta(hours=1))
