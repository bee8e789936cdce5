"""How much of an order is invoiced: what its payer really paid, less what went back."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Sum

from gateway.bulk import queries as bulk
from gateway.bulk.models import BulkOrder
from gateway.card_service.models import Part
from gateway.channels.port import PaymentState
from gateway.payments.models import Evidence, Payment, Refund
from reserve_funds.custody.bank.models import Instruction


def invoiceable_fen(payment: Payment) -> int:
    """What the payer paid of their own and still has paid; 0 when nothing.

    Where a coupon paid part of the order, a refund gives payer and coupon their shares back, so
    what stays of the payer's own is in the same proportion, rounded down.
    """
    return _own_fen(payment, given_back_fen(payment))


def of_order_fen(order: BulkOrder) -> int:
    """What an enterprise paid for its order and still has paid; 0 before its people have theirs.

    What came beyond the order's amount is no sale: it lies in its account until it goes back.
    """
    if order.state != "shared":
        return 0
    over_channels = sum(
        _own_fen(payment, payment.refunding_fen)
        for payment in bulk.payments_in(order)
        if payment.allocated_fen
    )
    transferred = sum(word.amount_fen for word in bulk.transfers_in(order))
    kept_fen = over_channels + transferred - _back_by_banks_fen(order)
    return max(min(order.amount_fen, kept_fen), 0)


def order_given_back_fen(order: BulkOrder) -> int:
    """What went or goes back to the enterprise, over channels and by banks."""
    over_channels = sum(
        payment.refunding_fen for payment in bulk.payments_in(order) if payment.allocated_fen
    )
    return over_channels + _back_by_banks_fen(order)


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
    return (
        payment.refunding_fen + int(elsewhere or 0) + _by_banks_fen(payment.pool, payment.patron_id)
    )


def _own_fen(payment: Payment, back_fen: int) -> int:
    kept_fen = payment.paid_fen - back_fen
    if kept_fen <= 0:
        return 0
    return payers_fen(payment) * kept_fen // payment.paid_fen


def _back_by_banks_fen(order: BulkOrder) -> int:
    """What was set aside for the accounts it came from: also what a bank could not pay yet."""
    parts = sum(part.amount_fen for part in bulk.parts(order) if part.entry_id is not None)
    return parts + _by_banks_fen(order.pool, order.pk)


def _by_banks_fen(pool: int, order_id: UUID) -> int:
    """What officers let a bank give back of this very order's money (清偿)."""
    rows = Instruction.objects.filter(
        pool=pool,
        source_kind="unloaded_orders",
        source_owner=str(order_id),
        state__in=("ready", "sent", "paid"),
    )
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
