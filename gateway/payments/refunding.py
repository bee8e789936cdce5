"""Gives money back by the original route: the number first, then the call, then the books."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from accounts.identifiers import derive
from gateway.channels.errors import ChannelRefundUnknown
from gateway.channels.port import RefundFact, RefundState, RefundWish
from gateway.payments import evidence, onlookers, patrons
from gateway.payments.errors import NothingToRefund
from gateway.payments.line import Answer, Line
from gateway.payments.models import Evidence, Payment, Refund
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Ref

OVER = ("done", "withdrawn")


def ask(
    payment: Payment,
    *,
    cause: UUID,
    amount_fen: int,
    source: Ref,
    because: str,
    actor: Actor,
    now: datetime,
) -> Refund:
    """Sets money aside for the payer and owes the refund, in the caller's transaction.

    The caller holds the payment's row lock. The same cause gives the same refund, unless that one
    was withdrawn: then the next. Raises NothingToRefund when more would go back than was paid.
    """
    refund, is_new = set_aside(
        payment,
        cause=cause,
        amount_fen=amount_fen,
        source=source,
        because=because,
        actor=actor,
        now=now,
    )
    if is_new:
        book.post(
            [
                postings.refund_asked(
                    payment.pool, refund.id, source=source, amount_fen=amount_fen, event_at=now
                )
            ]
        )
    return refund


def set_aside(
    payment: Payment,
    *,
    cause: UUID,
    amount_fen: int,
    source: Ref,
    because: str,
    actor: Actor,
    now: datetime,
) -> tuple[Refund, bool]:
    """As `ask`, for a caller who books it himself (into `refund_in_flight`), and whether it is new.

    The caller's posting has the id derive(refund.id, "asked"), so that it can be reversed.
    """
    refund_id, present = _named_by(cause)
    if present is not None:
        return present, False
    taken = Payment.objects.filter(
        pk=payment.pk, state="confirmed", refunding_fen__lte=F("paid_fen") - amount_fen
    ).update(refunding_fen=F("refunding_fen") + amount_fen)
    if amount_fen <= 0 or not taken:
        raise NothingToRefund(payment_id=payment.id, amount_fen=amount_fen)
    refund = Refund.objects.create(
        id=refund_id,
        payment=payment,
        refund_no=refund_id.hex,
        amount_fen=amount_fen,
        because=because,
        source_kind=source.kind,
        source_owner=source.owner,
        created_at=now,
    )
    trail.record(
        "refund.asked", actor=actor, now=now, subject=str(refund.id), amount_fen=amount_fen
    )
    duties.owe("refund.carry", refund.id, now=now)
    onlookers.refund_begun(refund, now=now)
    return refund, True


def _named_by(cause: UUID) -> tuple[UUID, Refund | None]:
    """The identifier of this cause's refund, and the refund itself when it exists."""
    refund_id = derive(cause, "refund")
    while (present := Refund.objects.filter(pk=refund_id).first()) is not None:
        if present.state != "withdrawn":
            break
        refund_id = derive(refund_id, "refund")
    return refund_id, present


def carry(refund_id: UUID, *, now: datetime) -> bool:
    """Brings a refund one step on at the channel; True when nothing is left to do.

    Sends it under its fixed number, or asks what became of it. Raises ChannelSilent when the
    channel gives no clear word: nothing is known then, and the same question is asked again.
    """
    refund = Refund.objects.select_related("payment__merchant").get(pk=refund_id)
    if refund.state in OVER:
        return True
    answer = _send(refund) if refund.state == "asked" else _query_or_send(refund)
    return _take_word(refund.id, answer, now=now)


def _send(refund: Refund) -> Answer[RefundFact]:
    wish = _wish(refund)
    return Line(refund.payment.merchant).ask(
        lambda adapter, merchant, stamp: adapter.refund(
            merchant, wish, now=stamp.now, nonce=stamp.nonce
        ),
        lambda adapter, merchant, response, at: adapter.read_refund(merchant, response, now=at),
    )


def _wish(refund: Refund) -> RefundWish:
    payment = refund.payment
    return RefundWish(
        refund_no=refund.refund_no,
        order_no=payment.order_no,
        transaction_no=payment.transaction_no or "",
        asked_at=refund.created_at,
        amount_fen=refund.amount_fen,
        total_fen=payment.paid_fen,
        reason=refund.because,
    )


def _query_or_send(refund: Refund) -> Answer[RefundFact]:
    try:
        return _query(refund)
    except ChannelRefundUnknown:
        return _send(refund)


def _query(refund: Refund) -> Answer[RefundFact]:
    wish = _wish(refund)
    return Line(refund.payment.merchant).ask(
        lambda adapter, merchant, stamp: adapter.query_refund(
            merchant, wish, now=stamp.now, nonce=stamp.nonce
        ),
        lambda adapter, merchant, response, at: adapter.read_refund(merchant, response, now=at),
    )


@transaction.atomic
def done_by_bill(refund_id: UUID, fact: RefundFact, *, now: datetime) -> None:
    """Books a refund that a verified bill lists as done; number and amount were compared."""
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.payment = payment
    if refund.state in OVER:
        return
    said = json.dumps(evidence.as_json(fact), ensure_ascii=False, sort_keys=True).encode()
    _keep_word(refund, Answer(fact=fact, body=said), source="bill", now=now)
    _finish(refund, fact, now=now)
    duties.settle("refund.carry", refund.id, now=now)


@transaction.atomic
def _take_word(refund_id: UUID, answer: Answer[RefundFact], *, now: datetime) -> bool:
    fact = answer.fact
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.payment = payment
    if refund.state in OVER:
        return True
    _keep_word(refund, answer, now=now)
    ours = (refund.refund_no, payment.order_no, refund.amount_fen)
    if (fact.refund_no, fact.order_no, fact.amount_fen) != ours:
        _abnormal(refund, "the channel speaks of another number or amount", now=now)
        return False
    if fact.state is RefundState.DONE:
        _finish(refund, fact, now=now)
        return True
    if fact.state in (RefundState.ABNORMAL, RefundState.CLOSED):
        _abnormal(refund, f"the channel says {fact.raw_state}", now=now)
    elif refund.state == "asked":
        trail.advance(refund, to="sent", actor=WORKER, because="the channel has taken it", now=now)
    return False


def _keep_word(
    refund: Refund, answer: Answer[RefundFact], *, now: datetime, source: str = "query"
) -> None:
    """Keeps what the channel says of a refund when it says something else than before."""
    said = evidence.as_json(answer.fact)
    last = Evidence.objects.filter(refund=refund).order_by("-id").first()
    if last is None or last.fact != said:
        Evidence.objects.create(
            payment=refund.payment,
            refund=refund,
            source=source,
            fact=said,
            body=answer.body,
            received_at=now,
        )


def _finish(refund: Refund, fact: RefundFact, *, now: datetime) -> None:
    done_at = fact.done_at or now
    trail.advance(
        refund,
        to="done",
        actor=Actor(kind="channel", id=refund.payment.channel),
        because="the channel's verified answer says refunded",
        now=now,
        done_at=done_at,
        channel_refund_no=fact.channel_refund_no,
    )
    book.post(
        [
            postings.refund_done_by_channel(
                refund.payment.pool,
                refund.id,
                channel=refund.payment.channel,
                settlement_day=fact.settlement_day or business_day(done_at),
                amount_fen=refund.amount_fen,
                event_at=done_at,
            )
        ]
    )
    patrons.of(refund.payment.patron).refund_done(refund, now=now)


def _abnormal(refund: Refund, because: str, *, now: datetime) -> None:
    if refund.state == "abnormal":
        return
    actor = Actor(kind="channel", id=refund.payment.channel)
    trail.alarm("refund_abnormal", actor=actor, now=now, subject=str(refund.id))
    trail.advance(refund, to="abnormal", actor=actor, because=because, now=now)
