"""Reads namings, losses, departures and their terms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.clock import business_day
from accounts.models import Person, TransitCard
from gateway.card_service import terms
from gateway.card_service.errors import DepartureNotFound, LossNotFound, NamingNotFound
from gateway.card_service.models import Departure, LossReport, Naming
from reserve_funds.custody.rules import pools
from reserve_funds.custody.rules.rule import Profile

OPEN_LOSS = ("reported", "in_force")


def profile_of(pool: int, now: datetime) -> Profile:
    """The rule profile that the pool lives under today."""
    return pools.profile_of(pool, business_day(now))


def terms_of(pool: int, now: datetime) -> terms.Terms:
    """The terms of the pool's profile today. TermsFaulty."""
    path = settings.CARD_SERVICE_TERMS
    return terms.of_profile(profile_of(pool, now).name, Path(path) if path else terms.PACKAGED)


def naming(naming_id: UUID, *, person: Person) -> Naming:
    """One's own registration; NamingNotFound."""
    rows = Naming.objects.select_related("card__operator")
    found = rows.filter(pk=naming_id, person=person).first()
    if found is None:
        raise NamingNotFound(id=naming_id)
    return found


def named_since(card: TransitCard, person: Person) -> datetime:
    """From when the card carries this person's name: its registration here, or when it came."""
    rows = Naming.objects.filter(card=card, person=person, state="confirmed")
    found = rows.order_by("confirmed_at").values_list("confirmed_at", flat=True).first()
    return found or card.added_at


def open_loss(card: TransitCard, *, lock: bool = False) -> LossReport:
    """The loss report that stands; LossNotFound."""
    rows = LossReport.objects.filter(card=card, state__in=OPEN_LOSS)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise LossNotFound(card_id=card.pk)
    return found


def latest_loss(card: TransitCard) -> LossReport | None:
    """The newest loss report of the card, whatever became of it."""
    return LossReport.objects.filter(card=card).order_by("-id").first()


def departure(departure_id: UUID, *, person: Person | None, lock: bool = False) -> Departure:
    """One replacement or redemption; another person's is not found. None is the house itself."""
    rows = Departure.objects.select_related("card__operator", "new_card__operator", "person")
    if lock:
        rows = rows.select_for_update(of=("self",))
    if person is not None:
        rows = rows.filter(person=person)
    found = rows.filter(pk=departure_id).first()
    if found is None:
        raise DepartureNotFound(id=departure_id)
    return found


def leaving(card: TransitCard) -> Departure | None:
    """The departure of this card's balance that stands."""
    return Departure.objects.filter(card=card).exclude(state="withdrawn").first()


def leaving_among(card_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these cards whose balance leaves or has left them."""
    rows = Departure.objects.filter(card__in=card_ids).exclude(state="withdrawn")
    return frozenset(rows.values_list("card_id", flat=True))


def departures_of(person: Person) -> QuerySet[Departure]:
    """A person's replacements and redemptions, newest first."""
    rows = Departure.objects.filter(person=person).select_related("card", "new_card")
    return rows.order_by("-id")


def waiting_for_officers(pool: int | None) -> QuerySet[Departure]:
    """What a counter or an officer must do next, oldest first; of this pool, or of every one."""
    to_take_in = Q(state="asked") & ~Q(kind="migration")
    waits = to_take_in | Q(kind="redemption", state__in=("moved", "proposed"))
    rows = Departure.objects.filter(waits).select_related("card", "new_card", "person")
    return (rows if pool is None else rows.filter(pool=pool)).order_by("id")


def departure_of_approval(approval_id: UUID) -> UUID:
    """The redemption whose standing proposal rests on this approval; DepartureNotFound."""
    rows = Departure.objects.filter(approval_id=approval_id, state="proposed")
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise DepartureNotFound(approval_id=approval_id)
    return found
