"""Incidents at cards: what should not be possible, explained by one officer, closed by another."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers, roles
from accounts.errors import DomainError
from gateway.console import door, queries, words
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from nfc_topup import incidents as services
from nfc_topup.incidents import IncidentFacts

ACTORS = frozenset({roles.FINANCE_OFFICER, roles.SECURITY_OFFICER})
STEPS = {"open": "explain", "explained": "close"}


@door.seated(queries.INCIDENT_READERS, personal=True)
def incidents(request: OfficerRequest) -> HttpResponse:
    """What is not closed yet, the oldest first."""
    found = queries.incidents(request.seat)[: queries.PAGE]
    pools = words.pool_names()
    names = officers.names_of(one.explained_by for one in found if one.explained_by)
    rows = [
        {
            "incident": one,
            "pool": pools.get(one.pool, ""),
            "said": in_language(one.zh, one.en),
            "state": words.of(words.INCIDENT, one.state),
            "by": names.get(str(one.explained_by), ""),
            "step": _step(request, one),
        }
        for one in found
    ]
    return render(request, "console/incidents.html", {"rows": rows, "here": "incidents"})


def ask_step(
    request: OfficerRequest, /, *, incident_id: UUID, step: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which an incident is explained, or its explanation agreed with."""
    found = queries.incident(request.seat, incident_id)
    if step not in STEPS.values():
        raise Http404
    context = {
        "incident": found,
        "said": in_language(found.zh, found.en),
        "pool": words.pool_names().get(found.pool, ""),
        "step": step,
        "text": request.POST.get("text", ""),
        "mistake": mistake,
        "here": "incidents",
    }
    return render(request, "console/incident_step.html", context)


@door.acting(ACTORS, ask_step)
def take_step(request: OfficerRequest, incident_id: UUID, step: str) -> HttpResponse:
    """Explain, or close: two different officers."""
    queries.incident(request.seat, incident_id)
    officer, now = request.seat.person, clock.now()
    if step == "explain":
        services.explain(incident_id, officer=officer, text=request.POST.get("text", ""), now=now)
    elif step == "close":
        services.close(incident_id, officer=officer, now=now)
    else:
        raise Http404
    return HttpResponseRedirect(reverse("console:incidents"))


def _step(request: OfficerRequest, one: IncidentFacts) -> str:
    """What this officer may do next with it; empty for nothing."""
    if not request.seat.reaches(one.pool, ACTORS) or one.explained_by == request.seat.person.pk:
        return ""
    return STEPS.get(one.state, "")
