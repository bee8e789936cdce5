"""角色: which officer holds which role for which pool; giving and withdrawing are asked here."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, posts
from accounts.errors import DomainError, NotAllowed
from accounts.models import Officer, RoleGrant
from accounts.officer_errors import PeriodOfRoleWrong
from accounts.posts import Post
from gateway.console import door, words
from gateway.console.seats import OVERSEERS, OfficerRequest, Seat

MAKERS = frozenset(posts.MAKER_ROLES)
READERS = MAKERS | OVERSEERS
MOST = 200


@door.seated(READERS)
def all_roles(request: OfficerRequest) -> HttpResponse:
    """Officers within reach with their roles; `role` and `q` (a name) narrow them down."""
    role, name = request.GET.get("role", ""), request.GET.get("q", "").strip()
    if role and role not in posts.GIVEN:
        raise Http404
    found = [one for one in _within(request.seat) if _fits(one, role, name)]
    pools = words.pool_names()
    context = {
        "rows": [_row(one, request.seat, pools) for one in found[:MOST]],
        "more": max(0, len(found) - MOST),
        "roles": [(one, words.ROLES[one]) for one in posts.GIVEN],
        "role": role,
        "q": name,
        "may_ask": request.seat.holds(MAKERS),
        "here": "roles",
    }
    return render(request, "console/roles.html", context)


def ask_give(
    request: OfficerRequest, /, *, officer_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which a role is asked for."""
    found = _one(request.seat, officer_id)
    context = {
        "row": _row(found, request.seat, words.pool_names()),
        "roles": [(one, words.ROLES[one]) for one in posts.GIVEN],
        "pools": _pools(request.seat),
        "typed": request.POST,
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "roles",
    }
    return render(request, "console/role_give.html", context)


@door.acting(MAKERS, ask_give)
def give(request: OfficerRequest, officer_id: UUID) -> HttpResponse:
    """Asks that somebody hold a role; a security officer decides at the approvals."""
    found, pool = _one(request.seat, officer_id), request.POST.get("pool", "")
    reach = dict(_pools(request.seat))
    if pool not in reach:
        raise NotAllowed("a pool of theirs is chosen", pool=pool[:8])
    asked = posts.ask_grant(
        found.officer.person,
        request.POST.get("role", ""),
        pool=int(pool) or None,
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
        until=_until(request.POST.get("until", "").strip()),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_withdraw(
    request: OfficerRequest, /, *, grant_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which the end of a role is asked for."""
    grant, officer = _grant(request.seat, grant_id)
    context = {
        "officer": officer,
        "grant": _told(grant, words.pool_names()),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "roles",
    }
    return render(request, "console/role_withdraw.html", context)


@door.acting(MAKERS, ask_withdraw)
def withdraw(request: OfficerRequest, grant_id: UUID) -> HttpResponse:
    """Asks that somebody no longer hold a role; a security officer decides at the approvals."""
    grant, _ = _grant(request.seat, grant_id)
    asked = posts.ask_withdrawal(
        grant.pk,
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _within(seat: Seat) -> list[Post]:
    """Officers with a role in the pools of whoever looks, and those who hold none yet."""
    mine = seat.pools(READERS)
    return [
        one
        for one in posts.every(clock.now())
        if mine is None or not one.grants or any(grant.pool in mine for grant in one.grants)
    ]


def _one(seat: Seat, officer_id: UUID) -> Post:
    found = next((one for one in _within(seat) if one.officer.pk == officer_id), None)
    if found is None:
        raise Http404
    return found


def _grant(seat: Seat, grant_id: UUID) -> tuple[RoleGrant, Officer]:
    for one in _within(seat):
        for grant in one.grants:
            if grant.pk == grant_id and seat.reaches(grant.pool, READERS):
                return grant, one.officer
    raise Http404


def _fits(one: Post, role: str, name: str) -> bool:
    told = f"{one.officer.name} {one.officer.login_name}".lower()
    held = not role or any(grant.role == role for grant in one.grants)
    return held and name.lower() in told


def _row(one: Post, seat: Seat, pools: dict[int, str]) -> dict[str, Any]:
    myself = one.officer.person_id == seat.person.pk
    return {
        "officer": one.officer,
        "state": words.of(words.OFFICER, one.officer.state),
        "grants": [
            _told(grant, pools) | {"may_end": not myself and seat.reaches(grant.pool, MAKERS)}
            for grant in one.grants
        ],
        "waiting": [asked for asked in one.waiting if seat.reaches(asked.pool or None, READERS)],
        "may_give": not myself and seat.holds(MAKERS),
    }


def _told(grant: RoleGrant, pools: dict[int, str]) -> dict[str, Any]:
    return {
        "grant": grant,
        "role": words.ROLES.get(grant.role, grant.role),
        "pool": pools.get(grant.pool, grant.pool) if grant.pool else words.PROVINCE,
    }


def _pools(seat: Seat) -> list[tuple[str, Any]]:
    """The pools this officer may give roles for; 0 is the province."""
    mine = seat.pools(MAKERS)
    named = words.pool_names()
    return [
        (str(pool), name) for pool, name in sorted(named.items()) if mine is None or pool in mine
    ]


def _until(text: str) -> datetime | None:
    """The end of that day in Shanghai; None for none. PeriodOfRoleWrong."""
    if not text:
        return None
    try:
        return clock.start_of_day(date.fromisoformat(text) + timedelta(days=1))
    except (ValueError, OverflowError) as wrong:
        raise PeriodOfRoleWrong(until=text[:16]) from wrong
