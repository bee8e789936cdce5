"""What must hold before anything new is put onto a card: at opening and again at sealing."""

from __future__ import annotations

from uuid import UUID

from accounts.models import TransitCard
from nfc_topup import queries
from nfc_topup.errors import CardNotInUse, OrderAlreadyLoaded


def lock_card_in_use(asn: str) -> None:
    """Hold the card's row, so that a report of its loss comes before us or after; CardNotInUse."""
    rows = TransitCard.objects.select_for_update(of=("self",), no_key=True)
    refuse_unless_in_use(rows.get(asn=asn))


def refuse_unless_in_use(card: TransitCard) -> None:
    """CardNotInUse when the card is lost, replaced or closed."""
    if card.state != "in_use":
        raise CardNotInUse(card_id=card.id, state=card.state)


def refuse_loaded_order(order_id: UUID) -> None:
    """OrderAlreadyLoaded when the order's value is on a card: as decided, or as a card proved."""
    credited = queries.credited_load_of(order_id)
    if credited is not None:
        raise OrderAlreadyLoaded(order_id=order_id, load_id=credited)
