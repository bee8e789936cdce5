"""Reads assisted sessions, and of the citizen what a counter may see: everything masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts import cards, real_names, trail
from accounts.actors import SYSTEM, Actor
from accounts.models import Person, TransitCard
from gateway.assisting.errors import AssistOver, AssistUnknown
from gateway.assisting.models import LIVING, AssistSession
from gateway.topup.models import TopUp

MOST_ORDERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Who stands at the counter, as the clerk sees them."""

    phone: str
    name: str
    cards: tuple[TransitCard, ...]


def mine(session_id: UUID, clerk: Person, *, lock: bool = False) -> AssistSession:
    """A session of this very clerk. AssistUnknown."""
    rows = AssistSession.objects.select_related("citizen", "card__operator")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.filter(pk=session_id, clerk=clerk).first()
    if found is None:
        raise AssistUnknown(id=session_id)
    return found


def of_citizen(session_id: UUID, citizen: Person) -> AssistSession:
    """A session in which a clerk served this very citizen, with its acts. AssistUnknown."""
    rows = AssistSession.objects.filter(pk=session_id, citizen=citizen).prefetch_related("acts")
    found = rows.first()
    if found is None:
        raise AssistUnknown(id=session_id)
    return found


def living(clerk: Person, now: datetime) -> AssistSession | None:
    """The session this clerk is in, while its time lasts."""
    return AssistSession.objects.filter(clerk=clerk, state__in=LIVING, ends_at__gt=now).first()


def open_one(
    session_id: UUID, clerk: Person, now: datetime, *, lock: bool = False
) -> AssistSession:
    """A session in which things may be done. AssistOver, AssistUnknown."""
    session = mine(session_id, clerk, lock=lock)
    if session.state != "open" or now >= session.ends_at:
        raise AssistOver(state=session.state)
    return session


def shown(session: AssistSession) -> Shown:
    """The mask of phone and name, and the cards of this pool."""
    if session.citizen is None:
        assert session.card is not None, "a session is of somebody or of a card"
        return Shown(phone="", name="", cards=(session.card,))
    named = real_names.latest(session.citizen)
    name = named.name_masked if named is not None and named.state == "confirmed" else ""
    held = [card for card in cards.of(session.citizen) if card.operator.pool == session.pool]
    return Shown(phone=session.citizen.masked_phone, name=name, cards=tuple(held))


def orders(session: AssistSession) -> list[TopUp]:
    """The newest top-ups of this citizen in this pool; of a card of nobody, its own."""
    rows = TopUp.objects.filter(pool=session.pool).select_related("card").order_by("-id")
    if session.citizen is not None:
        rows = rows.filter(person=session.citizen)
    else:
        rows = rows.filter(card=session.card, person__isnull=True)
    return list(rows[:MOST_ORDERS])


def end(session: AssistSession, *, actor: Actor, because: str, now: datetime) -> None:
    """It is over, in the caller's transaction."""
    trail.advance(session, to="ended", actor=actor, because=because, now=now, challenge="")


def end_late(now: datetime) -> int:
    """Ends sessions past their time; how many."""
    late = AssistSession.objects.filter(state__in=LIVING, ends_at__lte=now)[:200]
    for session in late:
        end(session, actor=SYSTEM, because="its time is over", now=now)
    return len(late)
