"""Lets departures follow what became of their parts: looked at again, they come to where it is.

Whatever moves a claim, a refund or a bank payment knows nothing of this room, so nothing is lost
when a worker dies in between: the next look sees it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import approvals, trail
from accounts.actors import WORKER, Actor
from gateway.card_service import departing, onlookers, planning, queries
from gateway.card_service.models import Departure, Part
from gateway.payments.models import Refund
from gateway.topup.models import TopUp
from reserve_funds.custody.bank.models import OutflowRequest
from reserve_funds.ledger import book

_REFUND = {"done": "done", "withdrawn": "failed"}
_REQUEST = {"refused": "dropped", "withdrawn": "dropped", "expired": "dropped"}
_INSTRUCTION = {"paid": "done"} | dict.fromkeys(
    ("rejected", "returned", "dropped", "not_instructed"), "failed"
)
_APPROVAL = {"refused": "dropped", "expired": "dropped"}
_UNDER_WAY = ("planned", "going")


@transaction.atomic
def look(departure_id: UUID, now: datetime) -> Departure:
    """Bring parts and departure to where their money is. Looking again changes nothing."""
    departure = queries.departure(departure_id, person=None, lock=True)
    parts = list(departure.parts.filter(round_no=departure.round_no).order_by("id"))
    for part in parts:
        _bring(part, _standing(departure, part), now)
    _by_the_bank_alone(departure, parts, now)
    states = {part.state for part in parts}
    if not parts or states & set(_UNDER_WAY):
        return departure
    if departure.kind in departing.TO_A_NEW_CARD:
        _move(departure, "settled", "the new card holds it", now)
    elif states == {"done"}:
        _move(departure, "settled", "every part was paid", now)
    else:
        _move(departure, "moved", "a part was not paid", now)
    return departure


def take_coupons(departure: Departure, parts: list[Part], actor: Actor, now: datetime) -> None:
    """The rest's payment is decided: what our coupons paid of it is not the holder's."""
    waiting = [part for part in parts if (part.way, part.state) == ("coupon", "planned")]
    book.post(planning.coupon_postings(departure, waiting, now))
    for part in waiting:
        for to in ("going", "done"):
            because = "a coupon goes back to who gave it"
            trail.advance(part, to=to, actor=actor, because=because, now=now)


def _by_the_bank_alone(departure: Departure, parts: list[Part], now: datetime) -> None:
    """Where the bank pays everything, custody's approval is the whole word: it is paying then."""
    banks = {part.state for part in parts if part.way == "bank"}
    if departure.state != "proposed" or departure.approval_id is not None:
        return
    if banks & {"going", "done", "failed"}:
        take_coupons(departure, parts, WORKER, now)
        _move(departure, "paying", "a second officer allowed the bank payment", now)
        onlookers.redemption_pays(departure, now=now)


def open_ones(limit: int = 500) -> list[UUID]:
    """Departures whose parts may have moved, oldest first."""
    rows = Departure.objects.filter(state__in=("proposed", "paying"))
    rows |= Departure.objects.filter(state="moved", kind__in=departing.TO_A_NEW_CARD)
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])


def _standing(departure: Departure, part: Part) -> str:
    """The state that the outside has put this part in."""
    if part.way == "claim":
        loaded = TopUp.objects.filter(pk=_goes_as(part), state="loaded").exists()
        return "done" if loaded else part.state
    if part.way == "bank":
        return _of_the_bank(part)
    if part.way == "coupon":
        return "dropped" if part.state == "planned" and _is_off(departure) else part.state
    if part.state == "planned":
        assert departure.approval_id is not None, "what we book ourselves has its approval"
        return _APPROVAL.get(approvals.get(departure.approval_id).state, part.state)
    if part.way == "original":
        return _REFUND.get(Refund.objects.get(pk=_goes_as(part)).state, part.state)
    return part.state


def _is_off(departure: Departure) -> bool:
    """Whether the proposal of this round was refused or ran out."""
    if departure.approval_id is not None:
        return approvals.get(departure.approval_id).state in _APPROVAL
    if departure.request_id is None:
        return False
    request = OutflowRequest.objects.filter(pk=departure.request_id).first()
    return request is not None and request.state in _REQUEST


def _of_the_bank(part: Part) -> str:
    request = OutflowRequest.objects.get(pk=_goes_as(part))
    if request.state != "approved":
        return _REQUEST.get(request.state, part.state)
    return _INSTRUCTION.get(request.instructions.get().state, "going")


def _goes_as(part: Part) -> UUID:
    assert part.goes_as is not None, "all but cash goes as something that can be looked up"
    return part.goes_as


def _bring(part: Part, to: str, now: datetime) -> None:
    """To that state by allowed moves; what was never known to be going went in between."""
    if part.state == "planned" and to in ("done", "failed"):
        trail.advance(part, to="going", actor=WORKER, because="it is on its way", now=now)
    if part.state != to:
        trail.advance(part, to=to, actor=WORKER, because="what became of it", now=now)


def _move(departure: Departure, to: str, because: str, now: datetime) -> None:
    if to == "moved" and departure.state == "proposed":
        because = "its proposal was not agreed to"
    if departure.state != to:
        trail.advance(departure, to=to, actor=WORKER, because=because, now=now)
