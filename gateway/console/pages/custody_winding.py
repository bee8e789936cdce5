"""终止业务: what a pool still owes and to whom, and asking that it be wound down from a day on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.clock import business_day
from accounts.errors import DomainError
from accounts.models import Approval
from gateway.console import custody, custody_words, door, drawing, mistakes, words
from gateway.console.seats import OfficerRequest
from gateway.pages.words import money
from reserve_funds.custody.errors import NotAWindingDown
from reserve_funds.custody.reports.winding_down import StillOwed, WindingDown, winding_down
from reserve_funds.custody.rules import winding

_BACK = timedelta(days=30)


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
    } | _course(pool, told)


def _course(pool: int, told: WindingDown) -> dict[str, Any]:
    """How what is owed goes down, of a pool that is wound down: since then, or a month back."""
    if told.from_day is None:
        return {}
    since = min(told.from_day, business_day(clock.now()) - _BACK)
    owed = custody.owed_since(pool, since)
    if len(owed) < 2:
        return {}
    said = _("欠款合计：%(day)s %(first)s，最近 %(last)s") % {
        "day": business_day(owed[0].hour).isoformat(),
        "first": money(owed[0].owed_fen),
        "last": money(owed[-1].owed_fen),
    }
    values = [one.owed_fen for one in owed]
    return {
        "course": drawing.course(values, floor=0, told=said, width=640, height=96),
        "course_told": said,
    }


def _part(one: StillOwed) -> dict[str, Any]:
    return {"one": one, "word": custody_words.kind(one.kind)}
