"""A card's purse application provisioned anew under the same number: its counters start afresh."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.models import TransitCard
from nfc_topup.errors import LoadUnresolved
from nfc_topup.lifecycle import LIVE, UNRESOLVED
from nfc_topup.models import CardApplication, Load


@transaction.atomic
def begin_anew(card: TransitCard, *, actor: Actor, now: datetime) -> None:
    """Retires what is known of the card's applications, so that the next load meets a new one.

    What an earlier application proved stays kept under it, and a load it only opened is
    abandoned: no MAC2 is made any more for a counter that is history. LoadUnresolved while a MAC2
    is out: only the application it was made for can say what became of it.
    """
    known = CardApplication.objects.select_for_update().filter(asn=card.asn, retired_at=None)
    live = Load.objects.select_for_update().filter(application__in=list(known), state__in=LIVE)
    for load in live:
        if load.state in UNRESOLVED:
            raise LoadUnresolved(load_id=load.id)
        because = "the card's application was provisioned anew"
        trail.advance(load, to="abandoned", actor=actor, because=because, now=now, ended_at=now)
    if known.update(retired_at=now):
        trail.record("card_application_anew", actor=actor, now=now, subject=f"card:{card.id}")
