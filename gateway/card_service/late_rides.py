"""Trips of cards that were lost or handed in: whose they are, by the moment they were made.

Before the loss counted they are the holder's, as long as the balance is still on the old card: the
wait is as long as trips may be late. All else is the operator's, in both books, with a case.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import trail
from accounts.actors import WORKER, Actor
from accounts.identifiers import derive
from accounts.models import TransitCard
from gateway.card_service import departing, queries
from gateway.card_service.errors import LossNotFound
from gateway.card_service.models import Departure, LossReport
from reserve_funds import postings
from reserve_funds.custody.losses import services as losses
from reserve_funds.custody.losses.services import Borne
from reserve_funds.ledger import queries as ledger


@transaction.atomic
def take_in(
    card: TransitCard,
    ride_id: UUID,
    *,
    batch: str,
    amount_fen: int,
    made_at: datetime,
    actor: Actor,
    now: datetime,
) -> Borne:
    """A trip of a card that `holder_bears_until` knows; the same trip again is the same answer.

    LossNotFound for any other card: its trips are debited from the purse as ever.
    """
    departing.lock_card(card)
    until = holder_bears_until(card)
    if until is None:
        raise LossNotFound(card_id=card.pk)
    return losses.late_trip(
        card.operator.pool,
        ride_id,
        batch=batch,
        card=card.asn,
        amount_fen=amount_fen,
        made_at=made_at,
        takes_effect_at=until,
        actor=actor,
        now=now,
    )


def holder_bears_until(card: TransitCard) -> datetime | None:
    """When the loss takes effect, or the card was handed in; None for a card in use."""
    report = LossReport.objects.filter(card=card).exclude(state="lifted").order_by("-id").first()
    if report is not None:
        return report.in_force_at
    departure = queries.leaving(card)
    if departure is None:
        return None
    waits = [
        move for move in trail.history("departure", departure.id) if move.to_state == "waiting"
    ]
    return waits[0].moved_at if waits else None


@transaction.atomic
def cover(departure_id: UUID, now: datetime) -> int:
    """Own money fills what the old card owes by now, with a case; the fen, 0 where nothing is owed.

    The posting's id counts what was covered before, so of two who cover at once one posts.
    """
    departure = queries.departure(departure_id, person=None, lock=True)
    if departure.moved_at is None:
        return 0
    covered_fen = losses.overdrawn_by_late_trips(
        departure.pool,
        derive(departure.id, f"late rides after {departure.covered_fen}"),
        card=departure.card.asn,
        event_at=now,
        actor=WORKER,
        now=now,
    )
    Departure.objects.filter(pk=departure.pk).update(covered_fen=F("covered_fen") + covered_fen)
    return covered_fen


def in_debt(limit: int = 500) -> list[UUID]:
    """Departures that have moved and whose old card owes something, by the book."""
    moved = Departure.objects.filter(moved_at__isnull=False).select_related("card")
    found = []
    for departure in moved.order_by("-moved_at").iterator(chunk_size=500):
        purse = postings.card_purse(departure.card.asn)
        if ledger.balance_fen(departure.pool, purse) < 0:
            found.append(departure.id)
        if len(found) == limit:
            break
    return found
