"""押金 at the counter and with finance: taken in cash, what waits to go back, a way proposed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from accounts.identifiers import new_id, refuse_future
from gateway.console import deposits, door, explaining, words
from gateway.console.seats import OfficerRequest
from gateway.deposits import returning, taking
from gateway.deposits.errors import DepositNotThere
from gateway.deposits.models import Deposit


@door.seated(deposits.READERS)
def deposit_list(request: OfficerRequest) -> HttpResponse:
    """What waits to go back, oldest first."""
    found = deposits.waiting(request.seat)
    pools = words.pool_names()
    context = {
        "rows": [_row(one, pools) for one in found[:200]],
        "count": len(found),
        "may_take": request.seat.holds(deposits.COUNTER),
        "here": "deposits",
    }
    return render(request, "console/deposits/list.html", context)


@door.seated(deposits.READERS)
def deposit(request: OfficerRequest, deposit_id: UUID) -> HttpResponse:
    """One deposit: the card, the money, its story, and what comes next."""
    return render(request, "console/deposits/one.html", _opened(request, deposit_id))


def ask_taking(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form: the card's number; the amount is the operator's."""
    now = clock.now()
    context = {
        "cause": request.POST.get("cause", "") or new_id(now),
        "typed": request.POST,
        "mistake": mistake,
        "here": "deposits",
    }
    return render(request, "console/deposits/take.html", context)


@door.acting(deposits.COUNTER, ask_taking)
def take(request: OfficerRequest) -> HttpResponse:
    """收押金: the notes are in the drawer; pressed twice it is one deposit."""
    now = clock.now()
    made = taking.take_cash(
        cause=_cause(request),
        card_no=request.POST.get("card_no", ""),
        clerk=request.seat.person,
        now=now,
    )
    return HttpResponseRedirect(reverse("console:deposit", args=[made.pk]))


def ask_return(
    request: OfficerRequest, /, *, deposit_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """By which way it may go back."""
    context = _opened(request, deposit_id) | {
        "mistake": mistake,
    }
    return render(request, "console/deposits/return.html", context)


@door.acting(deposits.MAKERS, ask_return)
def give_back(request: OfficerRequest, deposit_id: UUID) -> HttpResponse:
    """The way is fixed; another officer decides at the desk of approvals."""
    deposits.deposit(request.seat, deposit_id)
    way, _colon, box = request.POST.get("way", "").partition(":")
    returning.propose(deposit_id, way=way, box=box, maker=request.seat.person, now=clock.now())
    return HttpResponseRedirect(reverse("console:deposit", args=[deposit_id]))


def _cause(request: OfficerRequest) -> UUID:
    try:
        cause = UUID(request.POST.get("cause", ""))
    except ValueError:
        raise DepositNotThere from None
    refuse_future(cause, clock.now())
    return cause


def _opened(request: OfficerRequest, deposit_id: UUID) -> dict[str, Any]:
    one = deposits.deposit(request.seat, deposit_id)
    is_theirs = request.seat.reaches(one.pool, deposits.MAKERS)
    return _row(one, words.pool_names()) | {
        "paid_by": deposits.PAID_BY[one.paid_by],
        "may_propose": one.state == "due" and is_theirs,
        "ways": deposits.ways(one, clock.now()) if is_theirs else [],
        "story": explaining.moves_of(
            one.pk, {state: word for state, (_meaning, word) in deposits.STATES.items()}
        ),
        "here": "deposits",
    }


def _row(one: Deposit, pools: dict[int, str]) -> dict[str, Any]:
    return {
        "one": one,
        "pool": pools.get(one.pool, str(one.pool)),
        "state": deposits.STATES[one.state],
        "since": one.due_at or one.held_at or one.placed_at,
    }
