"""Takes a newcomer into any officer's seat: the role switcher of the province in a box."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import cards, clock, factors, officers, secrets, sessions, sign_ins
from accounts import people as everybody
from accounts.errors import PersonUnknown, SandboxOnly
from accounts.officer_errors import OfficerUnknown
from gateway.console import door
from gateway.sandbox import citizens, messages
from gateway.sandbox.seats import PASSWORD, SEATS
from gateway.web import door as web_door


@require_safe
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a seat: what they may do, how they sign in, their code of this moment."""
    _only_here()
    now = clock.now()
    rows = []
    for place in SEATS:
        officer = officers.by_login_name(place.login_name)
        grants = everybody.roles_of(officer.person, now)
        rows.append(
            {
                "officer": officer,
                "grants": tuple((one.role, one.pool) for one in grants),
                "code": factors.code_at(officers.factor_of(officer), now),
            }
        )
    told = {"rows": rows, "password": PASSWORD}
    told |= {"citizens": _citizens(), "messages": messages.latest(10)}
    return render(request, "sandbox/people.html", told)


@require_POST
def enter(request: HttpRequest, login_name: str) -> HttpResponse:
    """Sit down: a session of this officer, as if both factors had just been shown."""
    _only_here()
    if login_name not in {place.login_name for place in SEATS}:
        raise OfficerUnknown
    answer = HttpResponseRedirect("/console/")
    door.keep(answer, sessions.begin(officers.by_login_name(login_name), clock.now()))
    return answer


@require_POST
def enter_as_citizen(request: HttpRequest, phone: str) -> HttpResponse:
    """Take a citizen's phone in hand: signed in, as if its code had just been shown."""
    _only_here()
    person = citizens.by_phone(phone)
    answer = HttpResponseRedirect("/")
    web_door.keep(answer, sign_ins.begin(person, label="", now=clock.now())[1])
    return answer


def _citizens() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for one in citizens.CITIZENS:
        try:
            person = citizens.by_phone(one.phone)
        except PersonUnknown:
            continue
        rows.append({"citizen": one, "person": person, "cards": cards.of(person)})
    return rows


def _only_here() -> None:
    """Refuse beyond the sandbox, should this module ever be reached there. SandboxOnly."""
    if not secrets.in_sandbox():
        raise SandboxOnly
