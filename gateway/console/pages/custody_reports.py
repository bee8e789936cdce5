"""报表: a pool, a report and a day, as known at a moment; read it, print it, take it along."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.clock import business_day
from accounts.errors import DomainError
from gateway.console import custody, door, drawing, mistakes, reporting, suspending, words
from gateway.console.reporting import Wanted
from gateway.console.seats import OfficerRequest
from gateway.pages.words import money
from reserve_funds.custody.reports.values import Report
from reserve_funds.ledger import pools as ledger
from reserve_funds.ledger import sealing

_KEPT = ("day", "known", "revenue")


@door.seated(custody.READERS)
def reports(request: OfficerRequest) -> HttpResponse:
    """The chooser; a choice goes to the report's own address."""
    pools = custody.pools_with_a_book(request.seat)
    pool, name = request.GET.get("pool", ""), request.GET.get("name", "")
    if pool and name:
        if name not in reporting.REPORTS or not pool.isdecimal() or int(pool) not in pools:
            raise Http404
        kept = {one: request.GET[one] for one in _KEPT if request.GET.get(one)}
        address = reverse("console:custody-reading", args=[int(pool), name])
        return HttpResponseRedirect(f"{address}?{urlencode(kept)}")
    context = _chooser(pools) | {
        "day": day_or_yesterday(None),
        "revenue": "",
    }
    return render(request, "console/custody/reports.html", context)


@door.seated(custody.READERS, personal=True)
def reading(request: OfficerRequest, pool: int, name: str) -> HttpResponse:
    """One report as a page that prints, with its figures as known at the chosen moment."""
    custody.require(request.seat, pool)
    if name not in reporting.REPORTS:
        raise Http404
    known, now = request.GET.get("known", ""), clock.now()
    day = _open_day(request, pool) if name == reporting.SUSPENSION else _day_of(request, pool)
    context = _chooser([pool]) | {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "name": name,
        "day": day,
        "known": "" if name == reporting.SUSPENSION else known,
        "revenue": request.GET.get("revenue", ""),
        "made_at": now,
        "word": reporting.REPORTS[name][0],
        "query": urlencode({one: request.GET[one] for one in _KEPT if request.GET.get(one)}),
    }
    status = 200
    try:
        context |= _made(name, reporting.wanted(name, pool, day, request.GET, now=now))
    except ValueError:
        raise Http404 from None
    except DomainError as refused:
        context |= mistakes.of(refused)
        status = 409
    return render(request, "console/custody/report.html", context, status=status)


def day_or_yesterday(text: str | None) -> date:
    """The day in the address; without one, the last that is over."""
    if not text:
        return business_day(clock.now()) - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


def _day_of(request: OfficerRequest, pool: int) -> date:
    day = day_or_yesterday(request.GET.get("day"))
    if sealing.state_of(pool, day) is None:
        raise Http404
    return day


def _open_day(request: OfficerRequest, pool: int) -> date:
    """The day that is now, for what is of no other."""
    if pool not in custody.pools_with_a_book(request.seat):
        raise Http404
    return ledger.open_day(pool)


def _made(name: str, wanted: Wanted) -> dict[str, Any]:
    report = reporting.made(name, wanted)
    if report is None:
        return {"report": None, "is_not_wanted": True}
    days = reporting.balances(report)
    average = sum(days) // max(1, len(days))
    told = ""
    if days:
        told = _("每日余额：最低 %(low)s，最高 %(high)s，日均 %(average)s") % {
            "low": money(min(days)),
            "high": money(max(days)),
            "average": money(average),
        }
    return {
        "report": report,
        "tables": reporting.shown(report),
        "course": drawing.course(days, floor=average, told=told, width=640, height=96),
        "course_told": told,
    } | (_plan(report) if name == reporting.SUSPENSION else {})


def _plan(report: Report) -> dict[str, Any]:
    """What a plan of suspension comes to, before its rows."""
    means = suspending.means_of(report)
    return {
        "means": means,
        "means_told": suspending.told(means),
        "means_drawn": suspending.drawn(means),
        "until": means.course[-1][0] if means.course else None,
    }


def _chooser(pools: list[int]) -> dict[str, Any]:
    names = words.pool_names()
    return {
        "pools": [(pool, names.get(pool, str(pool))) for pool in pools],
        "reports": [(name, word) for name, (word, _made) in reporting.REPORTS.items()],
        "here": "reports",
    }
