"""A clerk looks for who stands before them: with a reason, within a budget, and always kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts import budgets, cards, people, trail
from accounts.actors import Actor
from accounts.errors import DomainError, NotAllowed
from accounts.identifiers import new_id
from accounts.models import Person, TransitCard
from accounts.roles import CLERK
from gateway.assisting.errors import (
    AssistReasonMissing,
    NobodyThere,
    OwnAccount,
    TooManyLookUps,
)
from gateway.assisting.models import LIVING, AssistSession

REASONS: Final = ("top_up", "lost_card", "where_is_it", "redemption")
TIME_TO_CONSENT: Final = timedelta(minutes=10)
LOOK_UPS: Final = 40
_WINDOW: Final = timedelta(hours=1)


def find(text: str, *, reason: str, pool: int, clerk: Person, now: datetime) -> AssistSession:
    """Who is behind a card number or a phone number, as a session that waits for their consent.

    Each look-up spends from the clerk's budget and goes into the trail, found or not, before
    anything is told. A living session of this clerk ends. NotAllowed, AssistReasonMissing,
    TooManyLookUps, NobodyThere, OwnAccount. Open no transaction around it.
    """
    if not people.has_role(clerk, CLERK, pool, now):
        raise NotAllowed(person=str(clerk.pk), role=CLERK)
    if reason not in REASONS:
        raise AssistReasonMissing
    actor = actor_of(clerk)
    if not budgets.spend(f"assist:{clerk.pk}", limit=LOOK_UPS, window=_WINDOW, now=now):
        trail.alarm("assist_too_many_look_ups", actor=actor, now=now, subject=f"person:{clerk.pk}")
        raise TooManyLookUps(wait_seconds=budgets.wait_seconds(f"assist:{clerk.pk}", _WINDOW, now))
    citizen, card = _found(text, pool)
    about = f"person:{citizen.pk}" if citizen else f"card:{card.pk}" if card else "nobody"
    trail.record(
        "assist_looked_up", actor=actor, now=now, subject=about, reason=reason, pool=pool,
        by="card" if len(text.strip()) > 15 else "phone",
    )  # fmt: skip
    if citizen is None and card is None:
        raise NobodyThere
    if citizen is not None and citizen.pk == clerk.pk:
        trail.alarm("assist_own_account", actor=actor, now=now, subject=about)
        raise OwnAccount
    return _asked(citizen, card, reason, pool, clerk, now)


def actor_of(clerk: Person) -> Actor:
    """The clerk as the trail knows them."""
    return Actor(kind="officer", id=str(clerk.pk))


def _found(text: str, pool: int) -> tuple[Person | None, TransitCard | None]:
    """By card where it reads as one, else by phone; what cannot be understood is nobody."""
    try:
        if len(text.strip()) > 15:
            card = cards.by_asn(text)
            return (card.holder, card) if card.operator.pool == pool else (None, None)
        return people.by_phone(text), None
    except DomainError:
        return None, None


@transaction.atomic
def _asked(
    citizen: Person | None,
    card: TransitCard | None,
    reason: str,
    pool: int,
    clerk: Person,
    now: datetime,
) -> AssistSession:
    for before in AssistSession.objects.select_for_update().filter(clerk=clerk, state__in=LIVING):
        because = "another citizen's turn"
        trail.advance(
            before, to="ended", actor=actor_of(clerk), because=because, now=now, challenge=""
        )
    return AssistSession.objects.create(
        id=new_id(now),
        pool=pool,
        clerk=clerk,
        citizen=citizen,
        card=card,
        reason=reason,
        asked_at=now,
        ends_at=now + TIME_TO_CONSENT,
    )
