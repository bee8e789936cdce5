"""圈存锁定: who and which cards may not be loaded for a while; lifting one early is asked here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, roles
from accounts.errors import DomainError
from gateway.console import door, queries, words
from gateway.console.seats import OfficerRequest, Seat
from nfc_topup import locks
from nfc_topup.locks import LockFacts

MAKERS = frozenset({roles.FINANCE_OFFICER, roles.SECURITY_OFFICER})
READERS = queries.INCIDENT_READERS


@door.seated(READERS, personal=True)
def all_locks(request: OfficerRequest) -> HttpResponse:
    """Locks that hold now in the pools of whoever looks, the newest first."""
    now = clock.now()
    found = _within(request.seat)
    asked, pools = locks.asked_to_lift(now), words.pool_names()
    rows = [
        _row(one, pools)
        | {
            "waiting": asked.get(one.lock_id),
            "may_ask": request.seat.reaches(one.pool, MAKERS),
        }
        for one in found[: queries.PAGE]
    ]
    more = max(0, len(found) - queries.PAGE)
    return render(request, "console/locks.html", {"rows": rows, "more": more, "here": "locks"})


def ask_lift(
    request: OfficerRequest, /, *, lock_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which lifting a lock early is asked for."""
    context = {
        "row": _row(_one(request.seat, lock_id), words.pool_names()),
        "waiting": locks.asked_to_lift(clock.now()).get(lock_id),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "locks",
    }
    return render(request, "console/lock_lift.html", context)


@door.acting(MAKERS, ask_lift)
def lift(request: OfficerRequest, lock_id: UUID) -> HttpResponse:
    """Asks that it be lifted; a security officer of the pool decides at the approvals."""
    _one(request.seat, lock_id)
    asked = locks.propose_lift(
        lock_id,
        reason=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _within(seat: Seat) -> list[LockFacts]:
    mine = seat.pools(READERS)
    return [one for one in locks.in_force(None, clock.now()) if mine is None or one.pool in mine]


def _one(seat: Seat, lock_id: UUID) -> LockFacts:
    found = next((one for one in _within(seat) if one.lock_id == lock_id), None)
    if found is None:
        raise Http404
    return found


def _row(one: LockFacts, pools: dict[int, str]) -> dict[str, Any]:
    kind, _, own_id = one.actor.partition(":")
    return {
        "lock": one,
        "scope": words.LOCK_SCOPES.get(one.scope, one.scope),
        "why": words.LOCK_REASONS.get(one.because, one.because),
        "who": words.ACTORS.get(kind, kind),
        "who_id": own_id,
        "pool": pools.get(one.pool, str(one.pool)),
    }
