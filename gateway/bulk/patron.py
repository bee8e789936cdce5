"""What the room of enterprises' orders answers when payments tells it that money came or went."""

from __future__ import annotations

from datetime import datetime

from accounts import duties
from gateway.bulk import ordering, returning
from gateway.bulk.models import BulkOrder
from gateway.payments.models import Payment, Refund
from reserve_funds import postings
from reserve_funds.ledger.values import Posting


class BulkPatron:
    """Takes a payment for an order that waits for its money; every other goes back by itself."""

    def payment_confirmed(self, payment: Payment, *, now: datetime) -> Posting | None:
        """The money is the order's, and is shared out next."""
        order = BulkOrder.objects.select_for_update().get(pk=payment.patron_id)
        paid = Payment.objects.filter(patron="bulk", patron_id=order.pk, allocated_fen__gt=0)
        if order.state != "approved" or paid.exists():
            return None
        duties.owe(ordering.SHARE, order.pk, now=now)
        return postings.payment_allocated(
            payment.pool,
            payment.id,
            order.pk,
            amount_fen=payment.paid_fen,
            event_at=payment.paid_at or now,
        )

    def payment_closed(self, payment: Payment, *, now: datetime) -> None:
        """Nothing: the order goes on waiting for its money until its own time is over."""

    def refund_done(self, refund: Refund, *, now: datetime) -> None:
        """The enterprise has its money back."""
        returning.refunded(refund.pk, now=now)

    def refund_withdrawn(self, refund: Refund, *, now: datetime) -> None:
        """The money lies in the order's account again, and can be asked back anew."""
        returning.stopped(refund.pk, because="two officers withdrew the refund", now=now)
