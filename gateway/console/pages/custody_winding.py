"""终止业务: what a pool still owes and to whom, and asking that it be wound down from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from accounts.models import Approval
from gateway.console import custody, custody_words, door, mistakes, words
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.errors import NotAWindingDown
from reserve_funds.custody.reports.winding_down import StillOwed, winding_down
from reserve_funds.custody.rules import winding


@door.seated(custody.READERS)
def report(request: OfficerRequest, pool: int) -> HttpResponse:
    """How far the pool is from owing nobody anything, declared or not."""
    return render(request, "console/custody/winding.html", _opened(request, pool))


def ask_word(
    request: OfficerRequest, /, *, pool: int, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: from which day, and why; with what follows, for good."""
    context = _opened(request, pool) | mistakes.of(mistake)
    context |= {
        "typed": request.POST,
    }
    return render(request, "console/custody/winding_ask.html", context)


@door.acting(custody.MAKERS, ask_word)
def ask(request: OfficerRequest, pool: int) -> HttpResponse:
    """The proposal; another officer of the pool decides, and then there is no way back."""
    custody.require(request.seat, pool)
    try:
        from_day = date.fromisoformat(request.POST.get("from_day", ""))
    except ValueError:
        raise NotAWindingDown(field="from_day") from None
    asked = winding.ask(
        pool=pool,
        from_day=from_day,
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _opened(request: OfficerRequest, pool: int) -> dict[str, Any]:
    if pool not in custody.pools_with_a_book(request.seat):
        raise Http404
    told = winding_down(pool)
    waiting = Approval.objects.filter(purpose=winding.PURPOSE, pool=pool, state="asked")
    return {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "told": told,
        "parts": [
            ("holders", [_part(one) for one in told.to_holders]),
            ("others", [_part(one) for one in told.to_others]),
            ("operators", [_part(one) for one in told.operators]),
        ],
        "waits": waiting.order_by("-id").first(),
        "may_ask": told.from_day is None and custody.may_ask(request.seat, pool),
        "here": "custody",
    }


def _part(one: StillOwed) -> dict[str, Any]:
    return {"one": one, "word": custody_words.kind(one.kind)}
