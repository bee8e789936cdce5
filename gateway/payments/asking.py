"""Asks channels what became of payments: the sweep that makes every notice optional."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.channels.errors import ChannelOrderUnknown, ChannelRefused
from gateway.channels.port import PaymentFact, PaymentState
from gateway.payments import confirming, evidence
from gateway.payments.line import Answer, Line
from gateway.payments.models import Payment


def query(payment_id: UUID, *, now: datetime) -> bool:
    """Asks about one payment and acts on the verified answer; True when nothing is left to ask.

    PAID is booked. An unpaid order past its time is closed at the channel, and looked at once
    more later, since a payment may still have been on its way. A failed attempt to pay is not
    the end of an order, and words we do not know mean: ask again.
    """
    payment = Payment.objects.select_related("merchant").get(pk=payment_id)
    if payment.state in ("confirmed", "contested"):
        return True
    line = Line(payment.merchant)
    try:
        answer = _ask(line, payment)
    except ChannelOrderUnknown:
        return _never_opened(payment, now=now)
    fact = answer.fact
    if fact.state is PaymentState.PAID:
        confirming.confirm(payment.id, fact, body=answer.body, now=now)
        return True
    if fact.state is PaymentState.CLOSED:
        return _closed(payment, f"the channel says {fact.raw_state}", now=now)
    if now < payment.expires_at or fact.state is PaymentState.UNKNOWN:
        return False
    return _close_at_channel(line, payment, now=now)


def ask_for_evidence(payment_id: UUID, *, now: datetime) -> None:
    """Asks once more about a contested payment and keeps the answer for people to look at."""
    payment = Payment.objects.select_related("merchant").get(pk=payment_id)
    if payment.state != "contested":
        return
    answer = _ask(Line(payment.merchant), payment)
    confirming.keep_evidence(payment, answer.fact, source="query", body=answer.body, now=now)


def _ask(line: Line, payment: Payment) -> Answer[PaymentFact]:
    return line.ask(
        lambda adapter, merchant, stamp: adapter.query(
            merchant,
            payment.order_no,
            placed_at=payment.created_at,
            now=stamp.now,
            nonce=stamp.nonce,
        ),
        lambda adapter, merchant, response, at: adapter.read_payment(merchant, response, now=at),
    )


def _never_opened(payment: Payment, *, now: datetime) -> bool:
    if now < payment.expires_at:
        return False
    return _closed(payment, "the channel never had this order and its time is over", now=now)


def _close_at_channel(line: Line, payment: Payment, *, now: datetime) -> bool:
    try:
        line.ask(
            lambda adapter, merchant, stamp: adapter.close(
                merchant,
                payment.order_no,
                placed_at=payment.created_at,
                now=stamp.now,
                nonce=stamp.nonce,
            ),
            lambda adapter, merchant, response, at: adapter.read_closed(merchant, response, now=at),
        )
    except ChannelRefused:
        return False
    return _closed(payment, "nobody paid in time", now=now)


def _closed(payment: Payment, because: str, *, now: datetime) -> bool:
    if payment.state == "closed":
        return True
    if evidence.paid_notices(payment):
        return False
    confirming.close(payment.id, because=because, now=now)
    return True
