"""待办事项: everything in custody that people must end, the nearest deadline first."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.clock import business_day
from gateway.console import custody, door, tracing
from gateway.console.pages.custody_coverage import case_rows
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.cases.models import Case


@door.seated(custody.READERS)
def cases(request: OfficerRequest) -> HttpResponse:
    """The open cases within reach, each with what is at risk, its last day and where to go."""
    told = request.GET.get("pool", "")
    if told and not told.isdecimal():
        raise Http404
    pool = int(told) if told else None
    if pool is not None:
        custody.require(request.seat, pool)
    found = custody.open_cases(request.seat, pool)
    today = business_day(clock.now())
    shown = found[: custody.MOST_CASES]
    rows = [row | {"address": _address(row["case"])} for row in case_rows(shown, today)]
    context = {
        "rows": rows,
        "count": len(found),
        "late": sum(one.deadline is not None and one.deadline < today for one in found),
        "pool": pool,
        "here": "cases",
    }
    return render(request, "console/custody/cases.html", context)


def _address(case: Case) -> str:
    """The page on which a case is ended."""
    kind, _colon, own_id = case.subject.partition(":")
    subject = tracing.id_in(own_id or kind)
    if case.kind.startswith("difference_") and subject is not None:
        return reverse("console:custody-difference", args=[subject])
    if case.kind == "bank_line_unclear" and subject is not None:
        return reverse("console:custody-entry", args=[subject])
    if case.kind == "day_blocked" and case.pool is not None:
        return reverse("console:custody-day", args=[case.pool, own_id])
    return "" if case.pool is None else reverse("console:custody-pool", args=[case.pool])
