"""手机卡迁移: the card of an old phone moves to a new one, proved by the old card itself.

Deleting the old card first would lose what only it can prove. So it is shown once under MAC1 and
is out of service by the same commit; what moves after the wait is never more than it proved. A
showing that is torn has moved nothing: the wish stays asked, and the card is shown again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import cards, real_names, trail
from accounts.actors import Actor
from accounts.models import Person, TransitCard
from gateway.card_service import departing, listing, queries
from gateway.card_service.errors import DepartureNotThere, RealNameFirst
from gateway.card_service.models import Departure
from nfc_topup import loading
from nfc_topup import queries as loads
from nfc_topup.errors import LoadUnknown
from nfc_topup.loading import Conversation


@transaction.atomic
def begin(
    *,
    cause: UUID,
    person: Person,
    card: TransitCard,
    new_card: TransitCard,
    actor: Actor,
    now: datetime,
) -> tuple[Departure, Conversation]:
    """Writes the wish down and gives the script by which the old card is shown; or nothing is kept.

    RealNameFirst: nobody takes the card from who migrates, so we know who they are. NewCardUnfit,
    BalanceLeaving, CardNotInUse, and the errors of opening a load (LoadUnresolved: a doubtful one
    is healed first).
    """
    if real_names.tier_of(person) is not real_names.Tier.REAL_NAME:
        raise RealNameFirst
    departure = departing.migrate(
        cause=cause, person=person, card=card, new_card=new_card, actor=actor, now=now
    )
    return departure, loading.open_showing(card, departure.id, actor, now)


def again(
    departure_id: UUID, *, person: Person, actor: Actor, now: datetime
) -> tuple[Departure, Conversation]:
    """The script once more, after a showing that was torn. DepartureNotFound, DepartureNotThere."""
    departure = queries.departure(departure_id, person=person)
    if (departure.kind, departure.state) != (departing.MIGRATION, "asked"):
        raise DepartureNotThere(state=departure.state)
    return departure, loading.open_showing(departure.card, departure.id, actor, now)


def confirm(
    departure_id: UUID, answers: list[str], *, person: Person, actor: Actor, now: datetime
) -> Departure:
    """Takes what the old card answered: from this commit on it is out of service, twice is once.

    The vault works outside the transaction. DepartureNotFound, DepartureNotThere, LoadUnknown (no
    showing is open), and the refusals of a challenge: then nothing has changed.
    """
    departure = queries.departure(departure_id, person=person)
    if departure.kind != departing.MIGRATION:
        raise DepartureNotThere(state=departure.state)
    if departure.proven_fen is not None:
        return departure
    opened = [load for load in loads.loads_of_order(departure.id) if load.state == "opened"]
    if not opened:
        raise LoadUnknown(departure_id=departure.id)
    prepared = loading.prepare_showing(opened[-1].id, answers, actor, now)
    with transaction.atomic():
        departure = queries.departure(departure_id, person=person, lock=True)
        if departure.proven_fen is not None:
            return departure
        if departure.state != "asked":
            raise DepartureNotThere(state=departure.state)
        shown = loading.commit_showing(prepared, actor, now)
        card = departing.lock_card(departure.card)
        Departure.objects.filter(pk=departure.pk).update(proven_fen=shown.balance_fen)
        cards.leave_service(card, to="replaced", because="new_phone", actor=actor, now=now)
        listing.put(
            card.asn, departure.pool, listing.LISTED, because="new_phone", since=now, now=now
        )
        because = "the old card was shown under MAC1"
        moves_at = now + queries.terms_of(departure.pool, now).wait
        departing.wait_until(departure, moves_at, because=because, actor=actor, now=now)
        trail.record("card_migrated", actor=actor, now=now, subject=f"departure:{departure.pk}")
        departure.refresh_from_db()
    return departure
