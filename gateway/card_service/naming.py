"""记名: a card becomes a named card by its holder's confirmed name and by being shown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import cards, real_names, trail
from accounts.actors import Actor
from accounts.identifiers import derive
from accounts.models import Person, TransitCard
from gateway.card_service import queries
from gateway.card_service.errors import CardNamedAlready, RealNameFirst
from gateway.card_service.models import Naming
from nfc_topup import loading
from nfc_topup import queries as loads
from nfc_topup.errors import LoadUnknown
from nfc_topup.loading import Conversation


def begin(
    *, cause: UUID, person: Person, card: TransitCard, actor: Actor, now: datetime
) -> tuple[Naming, Conversation]:
    """Writes the wish down and gives the script by which the card is shown.

    RealNameFirst, CardNamedAlready, and the errors of opening a load: CardNotInUse,
    LoadUnresolved (an earlier load is repaired first), LoadLocked.
    """
    if real_names.tier_of(person) is not real_names.Tier.REAL_NAME:
        raise RealNameFirst
    if card.named:
        raise CardNamedAlready(card_id=card.pk)
    made = Naming(id=derive(cause, "naming"), card=card, person=person, asked_at=now)
    Naming.objects.bulk_create([made], ignore_conflicts=True)
    naming = Naming.objects.get(card=card, person=person, state="asked")
    return naming, loading.open_showing(card, naming.id, actor, now)


def confirm(
    naming_id: UUID, answers: list[str], *, person: Person, actor: Actor, now: datetime
) -> Naming:
    """Takes what the card answered; once MAC1 verifies the card is named, twice is once.

    The vault works outside the transaction. NamingNotFound, CardNotFound, CardNotInUse, and the
    refusals of a challenge.
    """
    naming = queries.naming(naming_id, person=person)
    if naming.state == "confirmed":
        return naming
    if real_names.tier_of(person) is not real_names.Tier.REAL_NAME:
        raise RealNameFirst
    opened = [load for load in loads.loads_of_order(naming.id) if load.state == "opened"]
    if not opened:
        raise LoadUnknown(naming_id=naming.id)
    prepared = loading.prepare_showing(opened[-1].id, answers, actor, now)
    with transaction.atomic():
        shown = loading.commit_showing(prepared, actor, now)
        naming = Naming.objects.select_for_update().get(pk=naming.pk)
        if naming.state == "confirmed":
            return naming
        cards.make_named(person, naming.card_id)
        trail.advance(
            naming,
            to="confirmed",
            actor=actor,
            because="the card was shown under MAC1 by somebody known by name",
            now=now,
            load_id=shown.load_id,
            confirmed_at=now,
        )
    return naming
