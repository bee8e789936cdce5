"""Of whose payments a card's balance is made: 资金批次, so that money goes back where it came from.

What is ridden spends the oldest load first (or the newest, by the profile's terms), so what is
left is of the others. A claim from a replaced card is made of that card's own lots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from accounts.models import TransitCard
from gateway.card_service.models import Part
from gateway.payments.models import Payment
from gateway.topup.models import TopUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """So much of a balance was paid by this payment and may go back to its payer."""

    payment_id: UUID
    amount_fen: int


def original_routes(card: TransitCard, amount_fen: int, *, spent_first: str) -> list[Lot]:
    """The lots that make up `amount_fen` of this card, at most what each payer still has coming.

    What is missing of `amount_fen` came by no channel (cash, an older system), or went back
    already. An amount is the order's, as every channel's refund is: where a coupon paid part of it,
    the channel gives the payer what they paid and the coupon back to who gave it.
    """
    lots: dict[UUID, int] = {}
    left = amount_fen
    for _topup, payment_id, fen in _funding(card, left, spent_first):
        if payment_id is None:
            continue
        taken = min(fen, left, _room(payment_id) - lots.get(payment_id, 0))
        left -= min(fen, left)
        if taken > 0:
            lots[payment_id] = lots.get(payment_id, 0) + taken
        if not left:
            break
    return [Lot(payment_id=payment_id, amount_fen=fen) for payment_id, fen in lots.items()]


def without_payment(card: TransitCard, amount_fen: int, *, spent_first: str) -> dict[UUID, int]:
    """Of which top-ups that no channel paid `amount_fen` of this card is made, and how much.

    Cash at a kiosk, and what an employer gave; by the same order of spending.
    """
    found: dict[UUID, int] = {}
    for topup, payment_id, fen in _funding(card, amount_fen, spent_first):
        if payment_id is None:
            found[topup.pk] = min(found.get(topup.pk, 0) + fen, topup.amount_fen)
    return found


def _funding(
    card: TransitCard, amount_fen: int, spent_first: str
) -> Iterator[tuple[TopUp, UUID | None, int]]:
    """What remains on the card, by top-up and its payment, beginning with what is spent last."""
    order = "-loaded_at" if spent_first == "fifo" else "loaded_at"
    loaded = TopUp.objects.filter(card=card, state="loaded").order_by(order, "-id")
    left = amount_fen
    for topup in loaded:
        if not left:
            return
        fen = min(topup.amount_fen, left)
        left -= fen
        payment = _payment_of(topup)
        if payment is not None:
            yield topup, payment.id, fen
            continue
        rows = Part.objects.filter(goes_as=topup.id, way="claim").select_related("departure__card")
        claim = rows.first()
        if claim is None:
            yield topup, None, fen
        else:
            yield from _funding(claim.departure.card, fen, spent_first)


def _payment_of(topup: TopUp) -> Payment | None:
    rows = Payment.objects.filter(patron="topup", patron_id=topup.id, allocated_fen__gt=0)
    return rows.first()


def _room(payment_id: UUID) -> int:
    payment = Payment.objects.get(pk=payment_id)
    return payment.paid_fen - payment.refunding_fen
