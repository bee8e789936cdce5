"""营业日: each pool's days, their gates and what blocked them, signed exceptions, reports."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from typing import Any

from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, trail
from accounts.clock import business_day
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, reporting, words
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.closing import gates
from reserve_funds.custody.closing import services as closing
from reserve_funds.custody.reports import export
from reserve_funds.ledger import days as ledger_days
from reserve_funds.ledger import sealing
from reserve_funds.ledger.sealing import DayState

STRIP = timedelta(days=13)
FORMS = ("csv", "xlsx")


@door.seated(custody.READERS)
def days(request: OfficerRequest) -> HttpResponse:
    """The last two weeks of every pool within reach, each day with its state."""
    today = business_day(clock.now())
    last = _day(request.GET.get("to")) or today
    found = ledger_days.states(custody.pools_of(request.seat), first=last - STRIP, last=last)
    names = words.pool_names()
    context = {
        "rows": [
            {
                "pool": pool,
                "name": names.get(pool, str(pool)),
                "days": [_cell(one) for one in mine],
                "blocked": sum(one.state == "blocked" for one in mine),
            }
            for pool, mine in found.items()
        ],
        "earlier": last - STRIP - timedelta(days=1),
        "is_today": last == today,
        "here": "days",
    }
    return render(request, "console/custody/days.html", context)


@door.seated(custody.READERS)
def day(request: OfficerRequest, pool: int, day: str) -> HttpResponse:
    """One day: its gates with what each found, its seal, its reports."""
    return render(request, "console/custody/day.html", _opened(request, pool, day))


def ask_exception(
    request: OfficerRequest, /, *, pool: int, day: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The form on which one officer asks to seal a day although conditions fail."""
    context = _opened(request, pool, day) | {
        "mistake": mistake,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "console/custody/exception.html", context)


@door.acting(custody.MAKERS, ask_exception)
def except_day(request: OfficerRequest, pool: int, day: str) -> HttpResponse:
    """The proposal, of exactly what was found; another officer signs."""
    state = _state(request, pool, day)
    asked = closing.ask_exception(
        pool,
        state.day,
        maker=request.seat.person,
        because=request.POST.get("reason", "").strip(),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


@door.seated(custody.READERS, personal=True)
def report(request: OfficerRequest, pool: int, day: str, name: str, form: str) -> HttpResponse:
    """A report as of a day, as known at a moment, as CSV or XLSX; each download is in the trail."""
    state, now = _state(request, pool, day), clock.now()
    if name not in reporting.REPORTS or form not in FORMS:
        raise Http404
    try:
        wanted = reporting.wanted(name, pool, state.day, request.GET, now=now)
        made = reporting.made(name, wanted)
    except ValueError:
        raise Http404 from None
    if made is None:
        raise Http404
    of = made.first if name == reporting.SUSPENSION else state.day
    trail.record(
        "report_downloaded", actor=request.seat.actor, now=now, subject=f"day:{pool}:{of}",
        report=name, form=form,
    )  # fmt: skip
    file_name = f"{made.name}-{pool}-{of.isoformat()}.{form}"
    answer: Any
    if form == "csv":
        answer = StreamingHttpResponse(export.as_csv(made), content_type="text/csv; charset=utf-8")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
        export.write_xlsx(made, file)
        file.seek(0)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        answer = FileResponse(file, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer  # type: ignore[no-any-return]


def _opened(request: OfficerRequest, pool: int, text: str) -> dict[str, Any]:
    state = _state(request, pool, text)
    check = closing.last_check(pool, state.day)
    told = gates.words()
    seal = next(iter(sealing.seals(pool, first=state.day, last=state.day)), None)
    blocking = [] if check is None else [g for g in check.gates if not g["passed"]]
    may_sign = (
        state.state == "blocked" and bool(blocking) and not any(g["blocks"] for g in blocking)
    )
    return {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "one": state,
        "state": words.of(custody_words.DAY, state.state),
        "check": check,
        "gates": [] if check is None else [_gate(gate, told) for gate in check.gates],
        "seal": seal,
        "reports": [(name, reporting.REPORTS[name][0]) for name in reporting.OF_A_DAY],
        "may_sign": may_sign and custody.may_ask(request.seat, pool),
        "known": request.GET.get("known", ""),
        "here": "days",
    }


def _gate(gate: dict[str, Any], told: dict[str, tuple[str, str]]) -> dict[str, Any]:
    zh, en = told.get(gate["rule"], (gate["rule"], gate["rule"]))
    meaning = "settled" if gate["passed"] else "wrong" if gate["blocks"] else "waiting"
    return {**gate, "word": in_language(zh, en), "meaning": meaning, "shown": gate["findings"][:20]}


def _cell(one: DayState) -> dict[str, Any]:
    return {"one": one, "state": words.of(custody_words.DAY, one.state)}


def _state(request: OfficerRequest, pool: int, text: str) -> DayState:
    custody.require(request.seat, pool)
    wanted = _day(text)
    found = sealing.state_of(pool, wanted) if wanted else None
    if found is None:
        raise Http404
    return found


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Http404 from None
