"""Turns the verified answer to our own query into booked money, once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from accounts.database_errors import constraint_of
from accounts.identifiers import derive
from gateway.channels.port import PaymentFact
from gateway.payments import evidence, patrons, refunding
from gateway.payments.models import Disagreement, Evidence, Payment
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

BECAUSE = {
    "query": "the channel's verified answer to our query says paid",
    "bill": "the channel's verified bill says paid",
}
LAST_LOOK_AFTER = timedelta(minutes=15)
TRANSACTION_IS_ONE_PAYMENT = "payments_transaction_is_one_payment"


def confirm(
    payment_id: UUID, fact: PaymentFact, *, body: bytes, now: datetime, source: str = "query"
) -> Payment:
    """Books a payment that an answer to our question, or a verified bill, says was made.

    All evidence present must agree, else the payment is *contested* and nothing is booked; so it
    is when the channel's transaction has paid another order already. Money that nobody waits for
    (late, a second time, another amount) stays its payment's own and goes back to the payer.
    Doing it again does nothing. Open no transaction around it.
    """
    try:
        return _decide(payment_id, fact, body=body, source=source, now=now)
    except IntegrityError as error:
        if constraint_of(error) != TRANSACTION_IS_ONE_PAYMENT:
            raise
    known = ("transaction_no",)
    return _decide(payment_id, fact, body=body, source=source, now=now, known_against=known)


@transaction.atomic(durable=True)
def _decide(
    payment_id: UUID,
    fact: PaymentFact,
    *,
    body: bytes,
    source: str,
    now: datetime,
    known_against: tuple[str, ...] = (),
) -> Payment:
    payment = Payment.objects.select_for_update().select_related("merchant").get(pk=payment_id)
    if payment.state == "confirmed":
        said = evidence.as_json(fact)
        late = evidence.differing_from_booked(said, payment)
        if late:
            contest(payment, late, source=source, said=said, now=now)
        return payment
    keep_evidence(payment, fact, source=source, body=body, now=now)
    against = [*known_against, *evidence.disagreements(payment, fact)]
    if against:
        contest(payment, against, source=source, said=evidence.as_json(fact), now=now)
        return payment
    _book(payment, fact, source=source, now=now)
    return payment


def keep_evidence(
    payment: Payment, fact: PaymentFact, *, source: str, body: bytes, now: datetime
) -> None:
    """Keeps what the channel verifiably said of a payment, beside all it said before."""
    Evidence.objects.create(
        payment=payment, source=source, fact=evidence.as_json(fact), body=body, received_at=now
    )


def contest(
    payment: Payment, against: list[str], *, source: str, said: dict[str, Any], now: datetime
) -> None:
    """Sets a payment aside for people because its evidence disagrees; alarms each time.

    Nothing leaves *confirmed*: what differs from a booked payment is kept as a disagreement.
    """
    actor = Actor(kind="channel", id=payment.channel)
    trail.alarm(
        "payment_evidence_disagrees",
        actor=actor,
        now=now,
        subject=str(payment.id),
        fields=against,
    )
    if payment.state == "confirmed":
        _keep_disagreement(payment, against, source=source, said=said, now=now)
    elif payment.state != "contested":
        trail.advance(
            payment,
            to="contested",
            actor=actor,
            because=f"evidence disagrees in {', '.join(against)}",
            now=now,
        )


def _keep_disagreement(
    payment: Payment, against: list[str], *, source: str, said: dict[str, Any], now: datetime
) -> None:
    """One row for each thing said, however often it is said."""
    words = json.dumps(said, ensure_ascii=False, sort_keys=True)
    Disagreement.objects.bulk_create(
        [
            Disagreement(
                id=derive(payment.id, f"disagreement {source} {words}"),
                pool=payment.pool,
                payment=payment,
                channel=payment.channel,
                order_no=payment.order_no,
                source=source,
                against=against,
                said=said,
                seen_at=now,
            )
        ],
        ignore_conflicts=True,
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


def _book(payment: Payment, fact: PaymentFact, *, source: str, now: datetime) -> None:
    assert fact.paid_at is not None
    assert fact.amount_fen is not None
    day = fact.settlement_day or business_day(fact.paid_at)
    trail.advance(
        payment,
        to="confirmed",
        actor=Actor(kind="channel", id=payment.channel),
        because=BECAUSE[source],
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
