"""Loads in doubt: the list, one laid open as evidence, and the proposal of a first officer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import clock, officers, roles
from accounts.errors import DomainError
from gateway.console import contents, door, explaining, queries, words
from gateway.console.seats import OfficerRequest
from gateway.pages.timeline import Fact
from gateway.topup import decisions
from nfc_topup import decisions as proposals
from nfc_topup.decisions import VERDICTS
from nfc_topup.dossier import Dossier, Exhibit, Says, Strength

MAKERS = frozenset({roles.FINANCE_OFFICER})


@door.seated(queries.MONEY_READERS, personal=True)
def loads(request: OfficerRequest) -> HttpResponse:
    """What is in doubt, oldest first, with the value at risk."""
    found = queries.unclear_loads(request.seat, clock.now())
    pools = words.pool_names()
    rows = [
        {
            "load": one,
            "pool": pools.get(one.pool, ""),
            "said": in_language(one.last_zh, one.last_en),
        }
        for one in found[: queries.PAGE]
    ]
    at_risk = sum(one.amount_fen for one in found)
    context = {"rows": rows, "count": len(found), "at_risk_fen": at_risk, "here": "loads"}
    return render(request, "console/loads.html", context)


@door.seated(queries.MONEY_READERS, personal=True)
def load(request: OfficerRequest, load_id: UUID) -> HttpResponse:
    """One load with everything known of it, and what may be proposed."""
    return render(request, "console/load.html", _opened(request, load_id))


def ask_proposal(
    request: OfficerRequest,
    /,
    *,
    load_id: UUID,
    verdict: str,
    mistake: DomainError | None = None,
) -> HttpResponse:
    """The page on which a proposal is given its reason."""
    if verdict not in VERDICTS:
        raise Http404
    context = _opened(request, load_id) | {
        "verdict": verdict,
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
    }
    return render(request, "console/load_proposal.html", context)


@door.acting(MAKERS, ask_proposal)
def propose(request: OfficerRequest, load_id: UUID, verdict: str) -> HttpResponse:
    """The proposal, on the evidence that was on the page."""
    if verdict not in VERDICTS:
        raise Http404
    queries.load(request.seat, load_id)
    decisions.propose(
        load_id,
        verdict=verdict,
        reason=request.POST.get("reason", ""),
        seen=request.POST.get("seen", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:load", args=[load_id]))


def in_language(zh: str, en: str) -> str:
    """The sentence in the language of the page."""
    return en if (get_language() or "").startswith("en") else zh


def _opened(request: OfficerRequest, load_id: UUID) -> dict[str, Any]:
    file = queries.load(request.seat, load_id)
    waits = next((one for one in file.proposals if one.state == "asked"), None)
    names = officers.names_of(_people(file))
    told = [
        {
            "proposal": one,
            "by": names.get(str(one.proposed_by), ""),
            "verdict": words.LOAD_VERDICTS[one.verdict],
            "state": words.of(words.APPROVAL, one.state),
        }
        for one in file.proposals
    ]
    may = file.undecided and waits is None and request.seat.reaches(file.pool, MAKERS)
    return {
        "file": file,
        "pool": words.pool_names().get(file.pool, ""),
        "state": words.of(words.LOAD, file.state),
        "facts": [_fact(one, names) for one in file.exhibits],
        "explanations": [
            {"at": one.at, "said": in_language(one.zh, one.en)} for one in file.explanations
        ],
        "proposals": told,
        "waits": waits,
        "approval_id": proposals.get(waits.decision_id).approval_id if waits else None,
        "may_propose": may,
        "here": "loads",
    }


def _fact(one: Exhibit, names: dict[str, str]) -> Fact:
    kind, _, own_id = one.actor.partition(":")
    source = "card" if one.terminal or one.strength is Strength.PROOF else "house"
    source = "person" if kind == "officer" else source
    return Fact(
        at=one.at,
        source=source,
        title=in_language(one.zh, one.en),
        meaning=_meaning(one),
        by=explaining.who(kind, own_id, names) if kind else "",
        details=_details(one),
    )


def _details(one: Exhibit) -> tuple[tuple[str, str], ...]:
    weight = (_("证明力"), str(words.STRENGTHS[one.strength.value]))
    told = {
        name: str(words.of(words.LOAD, str(value))[1]) if name in ("from", "to") else value
        for name, value in one.facts.items()
    }
    said = [(line.label, line.value) for line in contents.facts(told) if line.value != "–"]
    where = [(_("终端"), one.terminal)] if one.terminal else []
    return (weight, *said, *where)


def _meaning(one: Exhibit) -> str:
    if one.strength is Strength.NOTHING or one.says is Says.NEITHER:
        return "information"
    if one.strength is Strength.HINT:
        return "waiting"
    return "settled" if one.says is Says.LOADED else "wrong"


def _people(file: Dossier) -> list[str]:
    acted = [one.actor.removeprefix("officer:") for one in file.exhibits]
    return [*acted, *(str(one.proposed_by) for one in file.proposals)]
