"""When a deposit must go back: its card was handed in, or the bank sent the money back to us."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import approvals, trail
from accounts.actors import WORKER
from accounts.clock import business_day
from gateway.card_service import departing
from gateway.card_service import queries as services
from gateway.card_service.models import Departure
from gateway.deposits import queries
from gateway.deposits.models import Deposit
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.rules import winding

LOOK: Final = "deposits.look"
_LEFT = ("moved", "proposed", "paying", "settled")
_UNDER_WAY = ("ready", "sent")
_FAILED = ("rejected", "returned", "dropped", "not_instructed")


@transaction.atomic
def look(deposit_id: UUID, now: datetime) -> Deposit:
    """Held is due once the card came in for a reason that gives it back; twice changes nothing."""
    deposit = queries.get(deposit_id, lock=True)
    if deposit.state == "proposed":
        _look_at_approval(deposit, now)
    departure = services.leaving(deposit.card)
    if deposit.state != "held" or departure is None or not _is_in(departure):
        return deposit
    terms = queries.terms_of(deposit.card.operator)
    is_free = winding.is_winding_down(deposit.pool, business_day(now))
    if is_free or departure.why in terms.back_for:
        trail.advance(
            deposit,
            to="due",
            actor=WORKER,
            because=f"its card came in: {departure.why}",
            now=now,
            due_at=now,
            why=departure.why,
        )
    return deposit


def handed_in(departure_id: UUID, now: datetime) -> None:
    """A balance leaves its card: its deposit may be due."""
    departure = services.departure(departure_id, person=None)
    held = queries.live_of(departure.card)
    if held is not None:
        look(held.pk, now)


@transaction.atomic
def hear_bank(instruction_id: UUID, now: datetime) -> None:
    """What a bank did with an outflow that two officers asked of this deposit."""
    told = Instruction.objects.get(pk=instruction_id)
    if told.source_kind != "deposits_held":
        return
    rows = Deposit.objects.select_for_update(of=("self",)).select_related("card")
    mine = rows.filter(pool=told.pool, asn=told.source_owner).exclude(state="expired")
    deposit = mine.order_by("-id").first()
    if deposit is None:
        return
    under_way = {"goes_as": told.pk, "way": "bank"}
    is_out = told.state in (*_UNDER_WAY, "paid")
    if deposit.state == "due" and is_out:
        because = "two officers allowed the bank payment"
        trail.advance(deposit, to="returning", actor=WORKER, because=because, now=now, **under_way)
    if deposit.goes_as != told.pk:
        return
    if deposit.state == "returning" and told.state == "paid":
        because = "the bank paid it"
        trail.advance(
            deposit, to="returned", actor=WORKER, because=because, now=now, returned_at=now
        )
    elif deposit.state in ("returning", "returned") and told.state in _FAILED:
        because = "the bank did not pay it"
        trail.advance(deposit, to="due", actor=WORKER, because=because, now=now, returned_at=None)


def to_look_at(limit: int = 500) -> list[UUID]:
    """Deposits that are held although their card is out, or proposed past their time."""
    out = Departure.objects.exclude(state__in=("asked", "withdrawn")).values("card")
    held = Deposit.objects.filter(state="held", card__in=out)
    rows = held | Deposit.objects.filter(state="proposed")
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])


def _look_at_approval(deposit: Deposit, now: datetime) -> None:
    assert deposit.approval_id is not None, "what is proposed has its approval"
    if approvals.get(deposit.approval_id).state in ("refused", "expired"):
        because = "its proposal was not agreed to"
        trail.advance(deposit, to="due", actor=WORKER, because=because, now=now)


def _is_in(departure: Departure) -> bool:
    """A counter has it in hand; of a lost or phone's card, its balance has left it for good."""
    if departure.why == "lost" or departure.kind == departing.MIGRATION:
        return departure.state in _LEFT
    return departure.state not in ("asked", "withdrawn")
