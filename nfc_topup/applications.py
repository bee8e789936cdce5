"""A card's purse application provisioned anew under the same number: its counters start afresh."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.models import TransitCard
from nfc_topup.errors import LoadUnresolved
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.models import CardApplication, Load


@transaction.atomic
def begin_anew(card: TransitCard, *, actor: Actor, now: datetime) -> None:
    """Retires what is known of the card's applications, so that the next load meets a new one.

    What an earlier application proved stays kept under it. LoadUnresolved while a MAC2 is out:
    only the application it was made for can say what became of it.
    """
    known = CardApplication.objects.select_for_update().filter(asn=card.asn, retired_at=None)
    waiting = Load.objects.filter(application__in=list(known), state__in=UNRESOLVED).first()
    if waiting is not None:
        raise LoadUnresolved(load_id=waiting.id)
    if known.update(retired_at=now):
        trail.record("card_application_anew", actor=actor, now=now, subject=f"card:{card.id}")
