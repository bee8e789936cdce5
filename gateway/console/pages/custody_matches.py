"""人工勾对: two people match by hand what no rule could, or undo such a match."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, words
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.errors import HandsDoNotAdd
from reserve_funds.custody.matching import deciding, listing
from reserve_funds.custody.matching.models import Decision


@door.seated(custody.READERS)
def matches(request: OfficerRequest) -> HttpResponse:
    """The matches by hand that are in force, and where lines wait for a partner."""
    mine = custody.pools_of(request.seat)
    found = listing.by_hand(mine)
    names = officers.names_of(str(one.maker_id) for one in found)
    pools = words.pool_names()
    waiting = [
        {
            "one": one,
            "pool": pools.get(one.pool, str(one.pool)),
            "relation": custody_words.RELATIONS.get(one.relation, one.relation),
            "side": custody_words.SIDES[one.side],
        }
        for one in custody.waiting_lines(request.seat)
    ]
    rows = [
        {"one": one, "pool": pools.get(one.pool, ""), "by": names.get(str(one.maker_id), "")}
        for one in found
    ]
    context = {"rows": rows, "waiting": waiting, "here": "differences"}
    return render(request, "console/custody/matches.html", context)


def ask_match(
    request: OfficerRequest, /, *, pool: int, relation: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which lines without a partner are chosen."""
    custody.require(request.seat, pool)
    if relation not in custody_words.RELATIONS:
        raise Http404
    picked = set(request.POST.getlist("line"))
    context = {
        "pool_name": words.pool_names().get(pool, str(pool)),
        "relation": custody_words.RELATIONS[relation],
        "rows": [
            {
                "line": line,
                "side": custody_words.SIDES[line.side],
                "picked": str(line.source_id) in picked,
            }
            for line in listing.without_partner(pool, relation)
        ],
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "differences",
    }
    return render(request, "console/custody/match.html", context)


@door.acting(custody.MAKERS, ask_match)
def match(request: OfficerRequest, pool: int, relation: str) -> HttpResponse:
    """The proposal to match what was chosen."""
    custody.require(request.seat, pool)
    if relation not in custody_words.RELATIONS:
        raise Http404
    asked = deciding.match(
        _ids(request.POST.getlist("line")),
        relation=relation,
        maker=request.seat.person,
        reason=request.POST.get("reason", ""),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_unmatch(
    request: OfficerRequest, /, *, decision_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which a match by hand is asked to be undone."""
    made = _made(request, decision_id)
    context: dict[str, Any] = {
        "made": made,
        "pool_name": words.pool_names().get(made.pool, ""),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "differences",
    }
    return render(request, "console/custody/unmatch.html", context)


@door.acting(custody.MAKERS, ask_unmatch)
def unmatch(request: OfficerRequest, decision_id: UUID) -> HttpResponse:
    """The proposal to undo it."""
    _made(request, decision_id)
    asked = deciding.unmatch(
        decision_id,
        maker=request.seat.person,
        reason=request.POST.get("reason", ""),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _made(request: OfficerRequest, decision_id: UUID) -> Decision:
    made = listing.decision(decision_id)
    custody.require(request.seat, made.pool)
    if made.kind != "match":
        raise Http404
    return made


def _ids(told: list[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in told]
    except ValueError:
        raise HandsDoNotAdd(because="no such line") from None
