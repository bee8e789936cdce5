"""Turns the verified answer to our own query into booked money, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from accounts.database_errors import constraint_of
from gateway.channels.port import PaymentFact
from gateway.payments import evidence, patrons, refunding
from gateway.payments.models import Evidence, Payment
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

LAST_LOOK_AFTER = timedelta(minutes=15)
TRANSACTION_IS_ONE_PAYMENT = "payments_transaction_is_one_payment"


def confirm(payment_id: UUID, fact: PaymentFact, *, body: bytes, now: datetime) -> Payment:
    """Books a payment that the channel, asked by us, says was made; open no transaction around it.

    All evidence present must agree, else the payment is *contested* and nothing is booked; so it
    is when the channel's transaction has paid another order already. Money that nobody waits for
    (late, a second time, another amount) stays its payment's own and goes back to the payer.
    Doing it again does nothing.
    """
    try:
        return _decide(payment_id, fact, body=body, now=now)
    except IntegrityError as error:
        if constraint_of(error) != TRANSACTION_IS_ONE_PAYMENT:
            raise
    return _decide(payment_id, fact, body=body, now=now, known_against=("transaction_no",))


@transaction.atomic(durable=True)
def _decide(
    payment_id: UUID,
    fact: PaymentFact,
    *,
    body: bytes,
    now: datetime,
    known_against: tuple[str, ...] = (),
) -> Payment:
    payment = Payment.objects.select_for_update().select_related("merchant").get(pk=payment_id)
    if payment.state == "confirmed":
        return payment
    keep_evidence(payment, fact, source="query", body=body, now=now)
    against = [*known_against, *evidence.disagreements(payment, fact)]
    if against:
        contest(payment, against, now=now)
        return payment
    _book(payment, fact, now=now)
    return payment


def keep_evidence(
    payment: Payment, fact: PaymentFact, *, source: str, body: bytes, now: datetime
) -> None:
    """Keeps what the channel verifiably said of a payment, beside all it said before."""
    Evidence.objects.create(
        payment=payment, source=source, fact=evidence.as_json(fact), body=body, received_at=now
    )


def contest(payment: Payment, against: list[str], *, now: datetime) -> None:
    """Sets a payment aside for people because its evidence disagrees; alarms each time."""
    actor = Actor(kind="channel", id=payment.channel)
    trail.alarm(
        "payment_evidence_disagrees",
        actor=actor,
        now=now,
        subject=str(payment.id),
        fields=against,
    )
    if payment.state not in ("contested", "confirmed"):
        trail.advance(
            payment,
            to="contested",
            actor=actor,
            because=f"evidence disagrees in {', '.join(against)}",
            now=now,
        )


@transaction.atomic
def close(payment_id: UUID, *, because: str, now: datetime) -> Payment:
    """Notes that the channel closed the order unpaid, tells the patron, and owes a last look.

    Money may have been on its way; the look is owed with the closing or not at all.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state in ("prepared", "offered"):
        trail.advance(payment, to="closed", actor=WORKER, because=because, now=now)
        patrons.of(payment.patron).payment_closed(payment, now=now)
        duties.owe("payment.look_again", payment.id, now=now, due_at=now + LAST_LOOK_AFTER)
    return payment


def _book(payment: Payment, fact: PaymentFact, *, now: datetime) -> None:
    assert fact.paid_at is not None
    assert fact.amount_fen is not None
    day = fact.settlement_day or business_day(fact.paid_at)
    trail.advance(
        payment,
        to="confirmed",
        actor=Actor(kind="channel", id=payment.channel),
        because="the channel's verified answer to our query says paid",
        now=now,
        transaction_no=fact.transaction_no,
        paid_fen=fact.amount_fen,
        paid_at=fact.paid_at,
        settlement_day=day,
    )
    money = [
        postings.payment_confirmed(
            payment.pool,
            payment.id,
            channel=payment.channel,
            settlement_day=day,
            amount_fen=fact.amount_fen,
            event_at=fact.paid_at,
        )
    ]
    allocation = _wanted(payment, now=now)
    if allocation is not None:
        Payment.objects.filter(pk=payment.pk).update(allocated_fen=allocation.amount_fen)
        payment.allocated_fen = allocation.amount_fen
        money.append(allocation)
    book.post(money)
    if allocation is None:
        refunding.ask(
            payment,
            cause=payment.id,
            amount_fen=payment.paid_fen,
            source=postings.received(payment.id),
            because="nobody waits for this payment",
            actor=WORKER,
            now=now,
        )


def _wanted(payment: Payment, *, now: datetime) -> Posting | None:
    if payment.paid_fen != payment.wish_fen:
        trail.alarm(
            "payment_of_another_amount",
            actor=Actor(kind="channel", id=payment.channel),
            now=now,
            subject=str(payment.id),
            wished_fen=payment.wish_fen,
            paid_fen=payment.paid_fen,
        )
        return None
    return patrons.of(payment.patron).payment_confirmed(payment, now=now)
