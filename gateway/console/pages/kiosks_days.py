"""日结: days that differ, each ended by two people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from gateway.console import door, kiosk_words, kiosks, words
from gateway.console.seats import OfficerRequest
from gateway.kiosk import ending
from gateway.pages import words as page_words


@door.seated(kiosks.READERS)
def day(request: OfficerRequest, settlement_id: UUID) -> HttpResponse:
    """One day of a kiosk: both sides' sums, and each record in which they differ."""
    return render(request, "console/kiosks/day.html", _opened_day(request, settlement_id))


def ask_end(
    request: OfficerRequest, /, *, settlement_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which the end of a day's differences is asked for."""
    context = _opened_day(request, settlement_id) | {
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
    }
    return render(request, "console/kiosks/day_end.html", context)


@door.acting(kiosks.KEEPERS, ask_end)
def end_day(request: OfficerRequest, settlement_id: UUID) -> HttpResponse:
    """Asked by one; another decides at the approvals."""
    kiosks.settlement(request.seat, settlement_id)
    asked = ending.ask(
        settlement_id,
        because=request.POST.get("reason", "").strip(),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _opened_day(request: OfficerRequest, settlement_id: UUID) -> dict[str, Any]:
    one = kiosks.settlement(request.seat, settlement_id)
    return {
        "day": one,
        "state": words.of(kiosk_words.DAY, one.state),
        "differences": [
            {
                "one": each,
                "word": kiosk_words.DIFFERENCE.get(each.kind, each.kind),
                "ours": _said(each.ours),
                "theirs": _said(each.theirs),
            }
            for each in one.differences.filter(healed_at__isnull=True).order_by("number")[:200]
        ],
        "sums": [
            (word, one.theirs.get(name), one.theirs.get(f"{name}_fen"),
             one.ours.get(name), one.ours.get(f"{name}_fen"))
            for name, word in (
                ("notes", kiosk_words.RECORD["note"]), ("loads", kiosk_words.RECORD["load"]),
                ("doubts", kiosk_words.RECORD["doubt"]),
            )
        ],
        "may_end": one.state == "differs"
        and kiosks.may(request.seat, kiosks.KEEPERS, one.kiosk.operator.pool),
        "here": "kiosks",
    }  # fmt: skip


def _said(told: dict[str, Any] | None) -> str:
    if told is None:
        return "–"
    kind = kiosk_words.RECORD.get(str(told["kind"]), str(told["kind"]))
    return f"{kind} {page_words.money(int(told['amount_fen']))}"
