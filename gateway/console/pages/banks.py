"""合作银行: how each partner bank stands, and suspending one or taking it up again, asked here."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, roles
from accounts.errors import DomainError
from gateway.bank_line import suspending
from gateway.bank_line.errors import PartnerBankUnknown
from gateway.bank_line.suspending import Act, Standing
from gateway.console import door, words
from gateway.console.seats import OVERSEERS, OfficerRequest

MAKERS = frozenset(suspending.MAKER_ROLES)
READERS = MAKERS | OVERSEERS | {roles.ADMINISTRATOR}


@door.seated(READERS)
def banks(request: OfficerRequest) -> HttpResponse:
    """Every bank: orders under way and payouts held, of the pools of whoever looks."""
    may_ask = request.seat.pools(MAKERS) is None
    found = suspending.standing(request.seat.pools(READERS), clock.now())
    rows = [_row(one, may_ask) for one in found]
    return render(request, "console/banks.html", {"rows": rows, "here": "banks"})


def ask_act(
    request: OfficerRequest, /, *, bank: str, act: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which a suspension or its end is asked for, with what follows."""
    found = _found(bank, act)
    context = {
        "one": found,
        "state": words.of(words.BANK, found.bank.state),
        "act": act,
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "banks",
    }
    return render(request, "console/bank_act.html", context)


@door.acting(MAKERS, ask_act, province=True)
def ask(request: OfficerRequest, bank: str, act: str) -> HttpResponse:
    """Asks for it; a finance officer of the province decides at the approvals."""
    found = _found(bank, act)
    asked = suspending.ask(
        found.bank.code,
        Act(act),
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _found(bank: str, act: str) -> Standing:
    if act not in tuple(Act):
        raise Http404
    known = suspending.standing(None, clock.now())
    found = next((one for one in known if one.bank.code == bank), None)
    if found is None:
        raise PartnerBankUnknown(code=bank[:32])
    return found


def _row(one: Standing, may_ask: bool) -> dict[str, Any]:
    return {
        "one": one,
        "state": words.of(words.BANK, one.bank.state),
        "act": suspending.act_for(one.bank) if may_ask and one.waiting is None else None,
    }
