"""What the room of deposits answers when payments tells it that money came or went."""

from __future__ import annotations

from datetime import datetime

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from gateway.deposits import coming_back, queries
from gateway.deposits.models import Deposit
from gateway.payments.models import Payment, Refund
from reserve_funds import postings
from reserve_funds.custody.rules import winding
from reserve_funds.ledger.values import Posting


class DepositPatron:
    """Takes a payment for a deposit that waits for it; every other goes back by itself."""

    def payment_confirmed(self, payment: Payment, *, now: datetime) -> Posting | None:
        """The money lies under the card from now on, apart from its purse."""
        deposit = queries.get(payment.patron_id, lock=True)
        if deposit.state != "placed":
            return None
        if winding.is_winding_down(deposit.pool, business_day(now)):  # R23: it goes back by itself
            because = "its pool is wound down and takes none"
            trail.advance(deposit, to="expired", actor=WORKER, because=because, now=now)
            return None
        trail.advance(
            deposit,
            to="held",
            actor=Actor(kind="channel", id=payment.channel),
            because="its payment is confirmed",
            now=now,
            held_at=payment.paid_at or now,
        )
        duties.owe(coming_back.LOOK, deposit.pk, now=now)
        return postings.allocated_to(
            payment.pool,
            payment.id,
            queries.account(deposit),
            amount_fen=payment.paid_fen,
            event_at=payment.paid_at or now,
        )

    def payment_closed(self, payment: Payment, *, now: datetime) -> None:
        """Nobody paid, by this way or any other that was begun: another may be ordered."""
        deposit = queries.get(payment.patron_id, lock=True)
        begun = [one for one in queries.payments_of(deposit) if one.pk != payment.pk]
        if any(one.state in ("prepared", "offered") for one in begun):
            return
        if deposit.state == "placed":
            because = "nobody paid in time"
            trail.advance(deposit, to="expired", actor=WORKER, because=because, now=now)

    def refund_done(self, refund: Refund, *, now: datetime) -> None:
        """It reached its payer; a late payment's refund changes no deposit."""
        deposit = _going(refund)
        if deposit is not None:
            trail.advance(
                deposit,
                to="returned",
                actor=Actor(kind="channel", id=refund.payment.channel),
                because="the channel gave it back",
                now=now,
                returned_at=now,
            )

    def refund_withdrawn(self, refund: Refund, *, now: datetime) -> None:
        """It lies under the card again, and must go another way."""
        deposit = _going(refund)
        if deposit is not None:
            because = "the channel could not give it back"
            trail.advance(deposit, to="due", actor=WORKER, because=because, now=now)


def _going(refund: Refund) -> Deposit | None:
    if refund.source_kind != "deposits_held":
        return None
    deposit = queries.get(refund.payment.patron_id, lock=True)
    is_this = deposit.state == "returning" and deposit.goes_as == refund.pk
    return deposit if is_this else None
