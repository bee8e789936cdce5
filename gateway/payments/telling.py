"""What channels told of one payment: each notice with its verdict, each answer, and the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.payments.models import Evidence, Notice, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a channel: where it came from, the verdict on it, how often it was said."""

    at: datetime
    source: str
    verdict: str
    key_id: str
    number: str
    bytes_long: int
    deliveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTold:
    """A payment as it stands, and every word about it."""

    payment_id: UUID
    patron: str
    patron_id: UUID
    channel: str
    order_no: str
    state: str
    amount_fen: int
    created_at: datetime
    words: tuple[Word, ...]


def of_payment(payment_id: UUID) -> PaymentTold | None:
    """The payment of this id with what was said of it; None when there is none. Three questions."""
    one = Payment.objects.filter(pk=payment_id).first()
    if one is None:
        return None
    notices = Notice.objects.filter(merchant_id=one.merchant_id, order_no=one.order_no)
    answers = Evidence.objects.filter(payment=one, refund=None)
    said = [
        Word(
            at=row.received_at,
            source="notice",
            verdict=row.verdict,
            key_id=row.key_id,
            number=row.notice_no,
            bytes_long=len(bytes(row.body)),
            deliveries=row.deliveries,
        )
        for row in notices.order_by("received_at")[:20]
    ]
    said += [
        Word(
            at=row.received_at,
            source=row.source,
            verdict="genuine",
            key_id="",
            number=str(row.fact.get("transaction_no") or ""),
            bytes_long=len(bytes(row.body)),
            deliveries=1,
        )
        for row in answers.order_by("received_at")[:20]
    ]
    return PaymentTold(
        payment_id=one.id,
        patron=one.patron,
        patron_id=one.patron_id,
        channel=one.channel,
        order_no=one.order_no,
        state=one.state,
        amount_fen=one.paid_fen or one.wish_fen,
        created_at=one.created_at,
        words=tuple(said),
    )


def payments_for(patron_id: UUID) -> list[UUID]:
    """The payments that were made for this order, oldest first."""
    rows = Payment.objects.filter(patron_id=patron_id).order_by("id")
    return list(rows.values_list("pk", flat=True)[:5])
