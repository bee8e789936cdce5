"""Which purse application a card answers with, and one provisioned anew under the same number."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import trail
from accounts.actors import Actor
from accounts.models import TransitCard
from nfc_topup import queries
from nfc_topup.card import profiles
from nfc_topup.card.profiles import CardProfile
from nfc_topup.errors import AidUnknown, LoadUnresolved, OtherApplication
from nfc_topup.keyring import profile_named, profile_of
from nfc_topup.lifecycle import LIVE, UNRESOLVED
from nfc_topup.models import CardApplication, Load


@transaction.atomic
def begin_anew(card: TransitCard, *, actor: Actor, now: datetime) -> None:
    """Retires what is known of the card's applications, so that the next load meets a new one.

    What an earlier application proved stays kept under it, and a load it only opened is
    abandoned: no MAC2 is made any more for a counter that is history. LoadUnresolved while a MAC2
    is out: only the application it was made for can say what became of it.
    """
    because = "the card's application was provisioned anew"
    known = _without_live_loads(card, because, actor=actor, now=now)
    if known.update(retired_at=now):
        trail.record("card_application_anew", actor=actor, now=now, subject=f"card:{card.id}")


@transaction.atomic
def answers_to(card: TransitCard, aid: bytes, *, actor: Actor, now: datetime) -> CardProfile:
    """From the next load on the card is spoken to by the profile of this AID, with its keys.

    The AID is what a client saw the card answer to; a wrong one only makes the card refuse the
    load. LoadUnresolved while a MAC2 is out, AidUnknown for an AID that no profile names.
    """
    known = profile_of(card)
    if known.aid == aid:
        return known
    profile = profiles.by_aid(aid)
    if profile is None:
        raise AidUnknown(aid=aid.hex().upper())
    because = "the card answers with another application"
    _without_live_loads(card, because, actor=actor, now=now)
    TransitCard.objects.filter(pk=card.pk).update(profile_name=profile.name)
    card.profile_name = profile.name
    trail.record(
        "card_profile_by_aid", actor=actor, now=now, subject=f"card:{card.id}", to=profile.name
    )
    return profile


def refuse_other(card: TransitCard, aid: bytes) -> None:
    """Whether evidence can be had from what a client saw: AidUnknown, OtherApplication.

    Only the application that a MAC2 was made for can say what became of it.
    """
    waiting = queries.unresolved_load_of(card)
    wanted = profile_named(waiting.profile_name) if waiting else profile_of(card)
    if wanted.aid == aid:
        return
    if profiles.by_aid(aid) is None:
        raise AidUnknown(aid=aid.hex().upper())
    raise OtherApplication(aid=wanted.aid.hex().upper())


def _without_live_loads(
    card: TransitCard, because: str, *, actor: Actor, now: datetime
) -> QuerySet[CardApplication]:
    """The card's applications, locked, what they only opened abandoned; LoadUnresolved."""
    known = CardApplication.objects.select_for_update().filter(asn=card.asn, retired_at=None)
    live = Load.objects.select_for_update().filter(application__in=list(known), state__in=LIVE)
    for load in live:
        if load.state in UNRESOLVED:
            raise LoadUnresolved(load_id=load.id)
        trail.advance(load, to="abandoned", actor=actor, because=because, now=now, ended_at=now)
    return known
