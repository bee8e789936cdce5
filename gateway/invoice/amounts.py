"""How much of a payment is invoiced: what its payer really paid, less what went back."""

from __future__ import annotations

from django.db.models import Sum

from gateway.card_service.models import Part
from gateway.channels.port import PaymentState
from gateway.payments.models import Evidence, Payment, Refund
from reserve_funds.custody.bank.models import Instruction


def invoiceable_fen(payment: Payment) -> int:
    """What the payer paid of their own and still has paid; 0 when nothing.

    Where a coupon paid part of the order, a refund gives payer and coupon their shares back, so
    what stays of the payer's own is in the same proportion, rounded down.
    """
    kept_fen = payment.paid_fen - given_back_fen(payment)
    if kept_fen <= 0:
        return 0
    return payers_fen(payment) * kept_fen // payment.paid_fen


def payers_fen(payment: Payment) -> int:
    """What the payer paid of their own, as the channel proved; all of it where it does not say."""
    words = Evidence.objects.filter(payment=payment, refund__isnull=True)
    paid = words.filter(fact__state=PaymentState.PAID.value).order_by("id").first()
    said = paid.fact.get("payer_fen") if paid is not None else None
    return payment.paid_fen if said is None else min(int(said), payment.paid_fen)


def given_back_fen(payment: Payment) -> int:
    """What went or goes back to the payer, over the channel or in its place.

    Where a redemption could not go back over the channel (its refund was withdrawn), a bank paid
    the same holder instead; an order's own money a bank may give back too.
    """
    withdrawn = Refund.objects.filter(payment=payment, state="withdrawn")
    elsewhere = Part.objects.filter(
        payment=payment, way="original", goes_as__in=withdrawn.values("id")
    ).aggregate(fen=Sum("amount_fen"))["fen"]
    return payment.refunding_fen + int(elsewhere or 0) + _by_banks_fen(payment)


def _by_banks_fen(payment: Payment) -> int:
    """What officers let a bank give back of this very order's money (清偿)."""
    rows = Instruction.objects.filter(
        pool=payment.pool,
        source_kind="unloaded_orders",
        source_owner=str(payment.patron_id),
        state__in=("ready", "sent", "paid"),
    )
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
