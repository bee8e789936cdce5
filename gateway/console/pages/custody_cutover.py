"""历史余额开账: what a legacy system handed over, the parallel run, and asking to open it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers, trail
from accounts.clock import business_day
from accounts.errors import DomainError, NotAllowed
from accounts.models import Approval
from accounts.roles import FINANCE_OFFICER
from gateway.console import custody, custody_words, door, mistakes, words
from gateway.console.amounts import fen_or_zero
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.cutover import parallel, services
from reserve_funds.custody.cutover.errors import LegacyNotTaken
from reserve_funds.custody.cutover.models import LegacyCardSeen, LegacyImport
from reserve_funds.custody.reports import export

_RUN = timedelta(days=13)
_LONGEST = timedelta(days=92)


@door.seated(custody.READERS)
def cutovers(request: OfficerRequest) -> HttpResponse:
    """Every handover within reach: whose, how much, what is missing, how far it is."""
    mine = custody.pools_of(request.seat)
    rows = LegacyImport.objects.order_by("-id")
    rows = rows if mine is None else rows.filter(pool__in=mine)
    pools = words.pool_names()
    context = {
        "rows": [
            {
                "one": one,
                "pool": pools.get(one.pool, str(one.pool)),
                "state": words.of(custody_words.CUTOVER, one.state),
            }
            for one in rows[: custody.MOST_CASES]
        ],
        "may_ask": request.seat.holds(custody.MAKERS),
        "here": "cutover",
    }
    return render(request, "console/custody/cutovers.html", context)


@door.seated(custody.READERS, personal=True)
def cutover(request: OfficerRequest, import_id: UUID) -> HttpResponse:
    """One handover: its totals, the two systems side by side, who was asked to open it."""
    return render(request, "console/custody/cutover.html", _opened(request, import_id))


@door.seated(custody.READERS, personal=True)
def differences(request: OfficerRequest, import_id: UUID) -> HttpResponse:
    """The difference report of the chosen days as CSV; each download is in the trail."""
    one = _taken(request, import_id)
    first, last = _span(request)
    now = clock.now()
    made = parallel.report(one.pool, first=first, last=last, now=now)
    trail.record(
        "report_downloaded", actor=request.seat.actor, now=now, subject=f"legacy_import:{one.pk}",
        report=made.name, form="csv",
    )  # fmt: skip
    answer = StreamingHttpResponse(export.as_csv(made), content_type="text/csv; charset=utf-8")
    name = f"{made.name}-{one.pool}-{first.isoformat()}-{last.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer  # type: ignore[return-value]


def ask_opening(
    request: OfficerRequest, /, *, import_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The second look before one officer asks: what would be booked, what still differs."""
    context = _opened(request, import_id) | mistakes.of(mistake)
    context |= {
        "postings": [
            {
                "one": one,
                "event": custody_words.event(one.code),
                "debit": custody_words.kind(one.debit.kind),
                "credit": custody_words.kind(one.credit.kind),
            }
            for one in services.opening(context["one"])
        ],
    }
    return render(request, "console/custody/cutover_ask.html", context)


@door.acting(custody.MAKERS, ask_opening)
def ask(request: OfficerRequest, import_id: UUID) -> HttpResponse:
    """The proposal to open the balances with these differences known; another officer signs."""
    one = _mine(request, import_id)
    first, last = _span(request)
    asked = services.ask_sign_off(
        one.pk, maker=request.seat.person, first=first, last=last, now=clock.now()
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_day(
    request: OfficerRequest, /, *, import_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form for what the legacy system says of one day."""
    one = _taken(request, import_id)
    context = mistakes.of(mistake) | {
        "one": one,
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "figures": [
            (name, custody_words.FIGURES[name], request.POST.get(name, ""))
            for name in parallel.FIGURES
        ],
        "day": request.POST.get("day", ""),
        "here": "cutover",
    }
    return render(request, "console/custody/cutover_day.html", context)


@door.acting(custody.MAKERS, ask_day)
def take_day(request: OfficerRequest, import_id: UUID) -> HttpResponse:
    """Kept as it was told; the same day told otherwise later is refused."""
    one = _mine(request, import_id)
    day = _day(request.POST.get("day", ""))
    if day is None or day > business_day(clock.now()):
        raise OutflowMalformed(field="day")
    figures = {name: fen_or_zero(request.POST.get(name, "")) for name in parallel.FIGURES}
    parallel.take_day(one.pool, day, figures, actor=request.seat.actor, now=clock.now())
    address = reverse("console:custody-cutover", args=[one.pk])
    return HttpResponseRedirect(f"{address}?first={day.isoformat()}&last={day.isoformat()}")


def _opened(request: OfficerRequest, import_id: UUID) -> dict[str, Any]:
    one = _taken(request, import_id)
    first, last = _span(request)
    found = parallel.compare(one.pool, first=first, last=last)
    asked = list(
        Approval.objects.filter(
            purpose=services.PURPOSE, pool=one.pool, content__import=str(one.pk)
        ).order_by("-id")[:10]
    )
    names = officers.names_of({str(each.maker_id) for each in asked} | {str(one.taken_by_id)})
    may_ask = custody.may_ask(request.seat, one.pool)
    is_taker = one.taken_by_id == request.seat.person.pk
    missing = parallel.missing(one.pool, first=first, last=last)
    return {
        "one": one,
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "state": words.of(custody_words.CUTOVER, one.state),
        "seen": LegacyCardSeen.objects.filter(card__taken=one).count(),
        "first": first,
        "last": last,
        "rows": [
            {
                "one": each,
                "word": custody_words.FIGURES[each.figure],
                "difference_fen": each.ours_fen - each.legacy_fen,
            }
            for each in found
        ],
        "missing": missing,
        "told_days": (last - first).days + 1 - len(missing),
        "asked": [
            {
                "one": each,
                "maker": names.get(str(each.maker_id), ""),
                "state": words.of(words.APPROVAL, each.state),
            }
            for each in asked
        ],
        "taken_by": names.get(str(one.taken_by_id), ""),
        "may_ask": may_ask,
        "may_open": one.state == "taken" and may_ask and not is_taker,
        "takes_others": one.state == "taken" and may_ask and is_taker,
        "here": "cutover",
    }


def _taken(request: OfficerRequest, import_id: UUID) -> LegacyImport:
    found = LegacyImport.objects.filter(pk=import_id).first()
    if found is None or not request.seat.reaches(found.pool, custody.READERS):
        raise LegacyNotTaken(id=str(import_id))
    return found


def _mine(request: OfficerRequest, import_id: UUID) -> LegacyImport:
    """One that this officer may ask something of: a role elsewhere is none here."""
    found = _taken(request, import_id)
    if not custody.may_ask(request.seat, found.pool):
        raise NotAllowed(person=str(request.seat.person.pk), role=FINANCE_OFFICER)
    return found


def _span(request: OfficerRequest) -> tuple[date, date]:
    """The days compared: as chosen, else the last two weeks; never more than a quarter."""
    told = request.POST if request.method == "POST" else request.GET
    last = _day(told.get("last", "")) or business_day(clock.now()) - timedelta(days=1)
    first = _day(told.get("first", "")) or last - _RUN
    if not timedelta(0) <= last - first <= _LONGEST:
        raise Http404
    return first, last


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise OutflowMalformed(field="day") from None
