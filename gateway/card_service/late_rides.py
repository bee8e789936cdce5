"""Trips that arrive after a balance has left its card: the operator's own money covers them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import trail
from accounts.actors import WORKER
from accounts.identifiers import derive
from gateway.card_service import queries
from gateway.card_service.models import Departure
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.cases import kinds, services
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger

LATE_RIDE = kinds.register(
    "card_late_ride",
    zh="余额转出后才到的乘车记录，由自有资金承担",
    en="A trip that arrived after the balance had left its card; own money covers it",
    working_days=5,
)


@transaction.atomic
def cover(departure_id: UUID, now: datetime) -> int:
    """Cover what the old card owes by now, with a case; the fen covered, 0 where it owes nothing.

    Both books are told (a mirrored pair). The posting's id counts what was covered before, so of
    two who cover at once one posts.
    """
    departure = queries.departure(departure_id, person=None, lock=True)
    purse = postings.card_purse(departure.card.asn)
    owed_fen = -ledger.balance_fen(departure.pool, purse)
    if departure.moved_at is None or owed_fen <= 0:
        return 0
    book.post(
        postings.loss_covered(
            departure.pool,
            derive(departure.id, f"late rides after {departure.covered_fen}"),
            reason=CoverReason.LATE_RIDE,
            from_account=purse,
            amount_fen=owed_fen,
            event_at=now,
        )
    )
    Departure.objects.filter(pk=departure.pk).update(covered_fen=F("covered_fen") + owed_fen)
    subject = f"departure:{departure.id}"
    trail.record("card_late_ride", actor=WORKER, now=now, subject=subject, amount_fen=owed_fen)
    services.open_case(
        LATE_RIDE,
        pool=departure.pool,
        subject=subject,
        now=now,
        amount_fen=departure.covered_fen + owed_fen,
        card=departure.card.masked,
    )
    return owed_fen


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
