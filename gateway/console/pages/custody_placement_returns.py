"""提前支取: asking a placement back before it matures, and giving up what was allowed."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from gateway.console import custody, door, mistakes
from gateway.console.amounts import fen_of
from gateway.console.pages.custody_placements import row_of
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.placements import returning
from reserve_funds.custody.placements.errors import PlacementMalformed, ReturnOver
from reserve_funds.ledger import queries as ledger

_LONGEST_REASON: Final = 200


def ask_return(
    request: OfficerRequest, /, *, placement_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: how much of it shall come back, by when, and why."""
    one, _carried = custody.placement(request.seat, placement_id)
    context = (
        row_of(one)
        | mistakes.of(mistake)
        | {
            "left_fen": ledger.balance_fen(one.pool, one.ref),
            "waits": returning.standing(one),
            "typed": request.POST,
            "here": "placements",
        }
    )
    return render(request, "console/custody/placement_return.html", context)


@door.acting(custody.MAKERS, ask_return)
def take_back(request: OfficerRequest, placement_id: UUID) -> HttpResponse:
    """The proposal to ask the bank for it before it matures; another officer decides."""
    one, _carried = custody.placement(request.seat, placement_id)
    amount = request.POST.get("amount", "").strip()
    try:
        due_on = date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        raise PlacementMalformed(field="due_on") from None
    asked = returning.ask(
        one.pk,
        principal_fen=fen_of(amount) if amount else None,
        due_on=due_on,
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_call_off(
    request: OfficerRequest, /, *, placement_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The second look before a return that was allowed is given up."""
    one, _carried = custody.placement(request.seat, placement_id)
    waits = returning.standing(one)
    context = (
        row_of(one)
        | mistakes.of(mistake)
        | {
            "waits": waits,
            "may_call_off": custody.may_call_off(request.seat, waits),
            "typed": request.POST,
            "here": "placements",
        }
    )
    return render(request, "console/custody/placement_off.html", context)


@door.acting(custody.MAKERS, ask_call_off)
def call_off(request: OfficerRequest, placement_id: UUID) -> HttpResponse:
    """Given up by one officer: nothing has moved, and it stays placed until it matures."""
    one, _carried = custody.placement(request.seat, placement_id)
    because = request.POST.get("reason", "").strip()
    if not 0 < len(because) <= _LONGEST_REASON:
        raise PlacementMalformed(field="because")
    waits = returning.standing(one)
    if waits is None:
        raise ReturnOver(id=str(one.pk), state=one.state)
    returning.call_off(waits.pk, officer=request.seat.person, because=because, now=clock.now())
    return HttpResponseRedirect(reverse("console:custody-placement", args=[one.pk]))
