"""事件地址: who is told of events and where, how each delivery went, and what is done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, roles
from accounts.clock import SHANGHAI
from accounts.errors import DomainError
from gateway.console import door, event_words, explaining, queries, words
from gateway.console.seats import OfficerRequest
from gateway.events import catalogue, endpoints, replaying, signing
from gateway.events import queries as told
from gateway.events.errors import ReplayRangeWrong
from gateway.events.models import Delivery, Endpoint
from gateway.payments.errors import ReasonMissing

KEEPERS = frozenset({roles.ADMINISTRATOR})
READERS = queries.DUTY_READERS
STORY = 12
_STATES = {state: word for state, (_meaning, word) in event_words.ENDPOINT.items()}


@door.seated(READERS, province=True)
def addresses(request: OfficerRequest) -> HttpResponse:
    """Every address with what it is owed, and the keys that we sign with."""
    rows = [
        {"one": one, "state": words.of(event_words.ENDPOINT, one.endpoint.state)}
        for one in told.standing()
    ]
    context = {
        "rows": rows,
        "keys": signing.key_names(),
        "may_act": request.seat.pools(KEEPERS) is None,
        "here": "events",
    }
    return render(request, "console/events/addresses.html", context)


@door.seated(READERS, province=True)
def address(request: OfficerRequest, endpoint_id: UUID) -> HttpResponse:
    """One address: what it wants, its deliveries page by page, its story, and what may be done."""
    found = _found(endpoint_id)
    state = request.GET.get("state", "")
    if state and state not in event_words.DELIVERY:
        raise Http404
    before = _id(request.GET.get("before"))
    log = told.log(found, state=state, before=before, most=queries.PAGE + 1)
    more = len(log) > queries.PAGE
    may_act = request.seat.pools(KEEPERS) is None
    context = {
        "endpoint": found,
        "standing": words.of(event_words.ENDPOINT, found.state),
        "pools": _pools(found),
        "log": [_delivery(one) for one in log[: queries.PAGE]],
        "earlier": log[queries.PAGE - 1].pk if more else None,
        "states": [(name, word) for name, (_meaning, word) in event_words.DELIVERY.items()],
        "state": state,
        "acts": _acts(found) if may_act else [],
        "story": explaining.moves_of(found.pk, _STATES)[-STORY:],
        "here": "events",
    }
    return render(request, "console/events/address.html", context)


def ask_new(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form of a new address."""
    context = {
        "kinds": sorted(catalogue.NAMES),
        "chosen": request.POST.getlist("kind"),
        "typed": request.POST,
        "mistake": mistake,
        "here": "events",
    }
    return render(request, "console/events/new.html", context)


@door.acting(KEEPERS, ask_new, province=True)
def add(request: OfficerRequest) -> HttpResponse:
    """A new address, told nothing until it has answered."""
    made = endpoints.add(
        subscriber=request.POST.get("subscriber", "").strip(),
        url=request.POST.get("url", "").strip(),
        kinds=request.POST.getlist("kind"),
        operators=request.POST.get("operators", "").split(),
        officer=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:event-address", args=[made.pk]))


def ask_act(
    request: OfficerRequest, /, *, endpoint_id: UUID, act: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which something is done with an address, with what it does."""
    if act not in event_words.ACTS:
        raise Http404
    title, what, look = event_words.ACTS[act]
    context = {
        "endpoint": _found(endpoint_id),
        "act": act,
        "title": title,
        "what": what,
        "look": look,
        "typed": request.POST,
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "events",
    }
    return render(request, "console/events/act.html", context)


@door.acting(KEEPERS, ask_act, province=True)
def act(request: OfficerRequest, endpoint_id: UUID, act: str) -> HttpResponse:
    """Does it at once; nothing of money hangs on it, and the trail keeps who did it."""
    if act not in event_words.ACTS:
        raise Http404
    _found(endpoint_id)
    officer, now = request.seat.person, clock.now()
    if act == "prove":
        endpoints.prove(endpoint_id, officer=officer, now=now)
    elif act == "replay":
        since, until = (_moment(request.POST.get(name, "")) for name in ("since", "until"))
        replaying.replay(endpoint_id, officer=officer, now=now, since=since, until=until)
    else:
        because = request.POST.get("reason", "").strip()
        if not because or len(because) > 200:
            raise ReasonMissing(length=len(because))
        move = {"pause": endpoints.pause, "resume": endpoints.resume, "retire": endpoints.retire}
        move[act](endpoint_id, because=because, officer=officer, now=now)
    return HttpResponseRedirect(reverse("console:event-address", args=[endpoint_id]))


def _found(endpoint_id: UUID) -> Endpoint:
    found = Endpoint.objects.filter(pk=endpoint_id).first()
    if found is None:
        raise Http404
    return found


def _acts(found: Endpoint) -> list[tuple[str, Any, str]]:
    return [
        (name, event_words.ACTS[name][0], event_words.ACTS[name][2])
        for name in event_words.OFFERED[found.state]
    ]


def _pools(found: Endpoint) -> list[str]:
    named = words.pool_names()
    return [named.get(pool, str(pool)) for pool in found.pools]


def _delivery(one: Delivery) -> dict[str, Any]:
    return {"one": one, "state": words.of(event_words.DELIVERY, one.state)}


def _moment(text: str) -> datetime:
    """A moment as a browser gives it, in Shanghai. ReplayRangeWrong."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError as wrong:
        raise ReplayRangeWrong from wrong


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
