"""卡片服务 at the counter and with finance: what waits, a card handed in, a redemption proposed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from gateway.card_service import departing, redeeming
from gateway.card_service.models import Departure
from gateway.card_service.planning import Rest
from gateway.console import card_services, door, explaining, words
from gateway.console.seats import OfficerRequest


@door.seated(card_services.READERS, personal=True)
def services(request: OfficerRequest) -> HttpResponse:
    """What waits for the counter or for finance, oldest first."""
    found = card_services.waiting(request.seat)
    pools = words.pool_names()
    rows = [_row(one, pools) for one in found[:200]]
    context = {"rows": rows, "count": len(found), "here": "services"}
    return render(request, "console/services.html", context)


@door.seated(card_services.READERS, personal=True)
def service(request: OfficerRequest, departure_id: UUID) -> HttpResponse:
    """One service: the card, the wait, each part of the money, and what comes next."""
    return render(request, "console/service.html", _opened(request, departure_id))


def ask_surrender(
    request: OfficerRequest, /, *, departure_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """What to look at before the card is taken in for good."""
    return _asking(request, departure_id, "console/service_surrender.html", mistake)


@door.acting(card_services.COUNTER, ask_surrender)
def surrender(request: OfficerRequest, departure_id: UUID) -> HttpResponse:
    """交卡: the card is in hand; only a clear "no" says that no ride on it is open."""
    card_services.service(request.seat, departure_id)
    departing.surrender(
        departure_id,
        clerk=request.seat.person,
        open_ride=request.POST.get("open_ride") != "no",
        actor=request.seat.actor,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:service", args=[departure_id]))


def ask_proposal(
    request: OfficerRequest, /, *, departure_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """By which ways the money would go, and the choice for what cannot go back."""
    return _asking(request, departure_id, "console/service_proposal.html", mistake)


@door.acting(card_services.MAKERS, ask_proposal)
def propose(request: OfficerRequest, departure_id: UUID) -> HttpResponse:
    """The parts are fixed; another officer decides at the desk of approvals."""
    one = card_services.service(request.seat, departure_id)
    now = clock.now()
    redeeming.propose(departure_id, rest=_rest(request, one), maker=request.seat.person, now=now)
    return HttpResponseRedirect(reverse("console:service", args=[departure_id]))


def _asking(
    request: OfficerRequest, departure_id: UUID, template: str, mistake: DomainError | None
) -> HttpResponse:
    context = _opened(request, departure_id) | {
        "typed": request.POST,
        "mistake": mistake,
    }
    return render(request, template, context)


def _opened(request: OfficerRequest, departure_id: UUID) -> dict[str, Any]:
    one, seat = card_services.service(request.seat, departure_id), request.seat
    is_payable = (one.kind, one.state) == (departing.REDEMPTION, "moved")
    is_theirs = seat.reaches(one.pool, card_services.MAKERS)
    titles = {state: word for state, (_meaning, word) in card_services.STATES.items()}
    offered = card_services.choices(one, clock.now()) if is_payable and is_theirs else None
    return _row(one, words.pool_names()) | {
        "holder": card_services.holder_of(one),
        "parts": [
            {
                "one": part,
                "way": card_services.WAYS[part.way],
                "state": card_services.PARTS[part.state],
            }
            for part in one.parts.order_by("round_no", "id")
        ],
        "may_take_in": one.state == "asked" and seat.reaches(one.pool, card_services.COUNTER),
        "may_propose": is_payable and is_theirs,
        "choices": offered,
        "story": explaining.moves_of(one.pk, titles),
        "here": "services",
    }


def _row(one: Departure, pools: dict[int, str]) -> dict[str, Any]:
    return {
        "one": one,
        "kind": card_services.KINDS[one.kind],
        "why": card_services.WHYS[one.why],
        "pool": pools.get(one.pool, str(one.pool)),
        "state": card_services.state_of(one),
        "since": one.moved_at or one.asked_at,
    }


def _rest(request: OfficerRequest, one: Departure) -> Rest:
    """What was chosen, of what was offered; nothing else is looked at."""
    way, _colon, owner = request.POST.get("rest", "").partition(":")
    if one.state != "moved":
        return Rest()
    offered = card_services.choices(one, clock.now())
    if way == "box" and owner in {each.ref.owner for each in offered.boxes}:
        return Rest(box=owner)
    accounts = {str(each.pk): each for each in offered.accounts}
    if way == "bank" and owner in accounts:
        return Rest(account=accounts[owner], route=request.POST.get("route", ""))
    return Rest()
