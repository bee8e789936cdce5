"""What the room of top-ups answers when payments tells it that money came or went."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from gateway.payments.models import Payment, Refund
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.ledger.values import Posting


class TopupPatron:
    """Takes a payment for an open top-up; every other payment is not wanted and goes back."""

    def payment_confirmed(self, payment: Payment, *, now: datetime) -> Posting | None:
        """Moves the top-up to *paid*, owes its return, and claims the money for it."""
        topup = TopUp.objects.select_for_update().get(pk=payment.patron_id)
        if topup.state != "placed":
            return None
        return_at = now + timedelta(days=settings.UNLOADED_RETURN_DAYS)
        trail.advance(
            topup,
            to="paid",
            actor=Actor(kind="channel", id=payment.channel),
            because="its payment is confirmed",
            now=now,
            paid_at=payment.paid_at,
            return_at=return_at,
        )
        duties.owe("topup.return", topup.id, now=now, due_at=return_at)
        return postings.payment_allocated(
            payment.pool,
            payment.id,
            topup.id,
            amount_fen=payment.paid_fen,
            event_at=payment.paid_at or now,
        )

    def payment_closed(self, payment: Payment, *, now: datetime) -> None:
        """An order nobody paid has expired; one that is paid by code ends by its own time."""
        topup = TopUp.objects.select_for_update().get(pk=payment.patron_id)
        if topup.state == "placed" and not topup.by_code:
            trail.advance(topup, to="expired", actor=WORKER, because="nobody paid in time", now=now)

    def refund_done(self, refund: Refund, *, now: datetime) -> None:
        """The money of a top-up reached its payer; a late payment's refund changes no order."""
        topup = TopUp.objects.select_for_update().get(pk=refund.payment.patron_id)
        if topup.state == "refunding" and refund.source_kind == "unloaded_orders":
            trail.advance(
                topup,
                to="refunded",
                actor=Actor(kind="channel", id=refund.payment.channel),
                because="the channel gave the money back",
                now=now,
            )

    def refund_withdrawn(self, refund: Refund, *, now: datetime) -> None:
        """Its money is the order's claim again: it can be loaded, or returned another way."""
        topup = TopUp.objects.select_for_update().get(pk=refund.payment.patron_id)
        if topup.state == "refunding" and refund.source_kind == "unloaded_orders":
            return_at = now + timedelta(days=settings.UNLOADED_RETURN_DAYS)
            trail.advance(
                topup,
                to="paid",
                actor=WORKER,
                because="two officers withdrew the refund",
                now=now,
                return_at=return_at,
            )
            duties.owe("topup.return", topup.id, now=now, due_at=return_at)
