"""What there is to say of a subject, in the catalogue's words, read from the rows as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from accounts.masking import mask_card_no
from accounts.models import TransitCard
from gateway.card_service import queries as card_services
from gateway.invoice.models import Invoice
from gateway.payments.models import Payment, Refund
from gateway.topup import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The pool a subject belongs to, and everything that an event of it may say.

    Only what no later move changes is in it, so that an event made late says the same.
    """

    pool: int
    said: Mapping[str, Any]


def of(subject_kind: str, subject_id: UUID) -> Facts:
    """The facts of one subject, in one question; KeyError for a kind that is not told of."""
    return _READ[subject_kind](subject_id)


def _topup(topup_id: UUID) -> Facts:
    topup = queries.get(topup_id, person=None)
    return _facts(
        topup.pool,
        topup_id=topup.id,
        card_no=mask_card_no(topup.card.asn),
        amount_fen=topup.amount_fen,
        paid_at=topup.paid_at,
    )


def _payment(payment_id: UUID) -> Facts:
    payment = Payment.objects.get(pk=payment_id)
    return _facts(
        payment.pool,
        payment_id=payment.id,
        **{"for": {"kind": payment.patron, "id": str(payment.patron_id)}},
        channel=payment.channel,
        order_no=payment.order_no,
        amount_fen=payment.wish_fen,
        paid_fen=payment.paid_fen,
        paid_at=payment.paid_at,
        transaction_no=payment.transaction_no,
        settlement_day=payment.settlement_day,
    )


def _refund(refund_id: UUID) -> Facts:
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    payment = refund.payment
    return _facts(
        payment.pool,
        refund_id=refund.id,
        payment_id=payment.id,
        **{"for": {"kind": payment.patron, "id": str(payment.patron_id)}},
        channel=payment.channel,
        refund_no=refund.refund_no,
        amount_fen=refund.amount_fen,
        done_at=refund.done_at,
    )


def _invoice(invoice_id: UUID) -> Facts:
    invoice = Invoice.objects.select_related("payment").get(pk=invoice_id)
    payment = invoice.payment
    assert payment is not None, "an enterprise's invoice, or one of cash, is not told of"
    return _facts(
        invoice.pool,
        invoice_id=invoice.id,
        payment_id=payment.id,
        **{"for": {"kind": payment.patron, "id": str(payment.patron_id)}},
        request_no=invoice.request_no,
        amount_fen=invoice.amount_fen,
    )


def _transit_card(card_id: UUID) -> Facts:
    card = TransitCard.objects.select_related("operator").get(pk=card_id)
    return _facts(card.operator.pool, card_id=card.pk, card_no=mask_card_no(card.asn))


def _departure(departure_id: UUID) -> Facts:
    one = card_services.departure(departure_id, person=None)
    return _facts(
        one.pool,
        service_id=one.pk,
        kind=one.kind,
        card_no=mask_card_no(one.card.asn),
        amount_fen=one.amount_fen,
    )


def _facts(pool: int, **said: Any) -> Facts:
    return Facts(pool=pool, said={name: _plain(value) for name, value in said.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date | UUID):
        return str(value)
    return value


_READ: Mapping[str, Callable[[UUID], Facts]] = {
    "topup": _topup,
    "payment": _payment,
    "refund": _refund,
    "transit_card": _transit_card,
    "departure": _departure,
    "invoice": _invoice,
}
