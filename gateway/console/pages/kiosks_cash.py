"""钱箱: boxes to count and how long their cash is on its way, and the machines that count."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers
from accounts.errors import DomainError
from gateway.console import door, kiosk_words, kiosks, words
from gateway.console.seats import OfficerRequest
from gateway.kiosk import boxes, counters
from gateway.kiosk.errors import CounterNotUnderstood, CountNotUnderstood
from gateway.kiosk.models.fleet import KEY_ALGORITHMS
from gateway.kiosk.parameters import NOTES_FEN


@door.seated(kiosks.READERS)
def to_count(request: OfficerRequest) -> HttpResponse:
    """Boxes out of their kiosks: to count, to bank, and how long the cash is on its way."""
    now, found = clock.now(), kiosks.unbanked(request.seat)
    cash = kiosks.cash_by_label({one.pool for one in found})
    names = words.pool_names()
    rows: list[dict[str, Any]] = [
        {
            "box": one,
            "pool": names.get(one.pool, ""),
            "state": words.of(kiosk_words.BOX, one.state),
            "fen": cash.get(one.label, 0),
            "days": days,
            "meaning": "wrong"
            if days > kiosks.LATE_AFTER
            else "settled"
            if days < 2
            else "waiting",
        }
        for one in found
        for days in [kiosks.working_days_out(one, now)]
    ]
    context = {
        "rows": rows,
        "late": sum(row["meaning"] == "wrong" for row in rows),
        "total_fen": sum(row["fen"] for row in rows),
        "here": "kiosk-boxes",
    }
    return render(request, "console/kiosks/boxes.html", context)


@door.seated(kiosks.READERS)
def box(request: OfficerRequest, box_id: UUID) -> HttpResponse:
    """One box: what is booked in it, its counts, what machines signed for it."""
    return render(request, "console/kiosks/box.html", _opened_box(request, box_id))


def ask_count(
    request: OfficerRequest, /, *, box_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form on which one person counts; what another counted is not shown."""
    context = _opened_box(request, box_id) | {
        "notes": [(fen, request.POST.get(f"note_{fen}", "")) for fen in NOTES_FEN],
        "mistake": mistake,
    }
    return render(request, "console/kiosks/count.html", context)


@door.acting(kiosks.KEEPERS, ask_count)
def count(request: OfficerRequest, box_id: UUID) -> HttpResponse:
    """The first count, the second, or what a counting machine signed."""
    one, officer, now = kiosks.box(request.seat, box_id), request.seat.person, clock.now()
    record = request.POST.get("record", "")
    if record:
        boxes.count_by_counter(one.id, _id(record), by=officer, now=now)
        return HttpResponseRedirect(reverse("console:kiosk-box", args=[one.pk]))
    notes = _notes(request)
    waiting = kiosks.open_count(one)
    if waiting is None:
        boxes.count_by_first(one.id, notes, first=officer, now=now)
    else:
        boxes.count_by_second(waiting.id, notes, second=officer, now=now)
    return HttpResponseRedirect(reverse("console:kiosk-box", args=[one.pk]))


@door.seated(kiosks.READERS)
def counter_list(request: OfficerRequest) -> HttpResponse:
    """Counting machines that may sign, and those that wait for a second officer."""
    names = words.pool_names()
    context = {
        "rows": [
            (one, names.get(one.pool, ""), words.of(kiosk_words.COUNTER, one.state))
            for one in kiosks.counters(request.seat)
        ],
        "may_ask": request.seat.holds(kiosks.KEEPERS),
        "here": "kiosk-boxes",
    }
    return render(request, "console/kiosks/counters.html", context)


def ask_counter(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form of a new counting machine."""
    context = {
        "operators": kiosks.operators(request.seat, kiosks.KEEPERS),
        "algorithms": KEY_ALGORITHMS,
        "typed": request.POST,
        "mistake": mistake,
        "here": "kiosk-boxes",
    }
    return render(request, "console/kiosks/counter_new.html", context)


@door.acting(kiosks.KEEPERS, ask_counter)
def new_counter(request: OfficerRequest) -> HttpResponse:
    """A counting machine and its public key, for a second officer to let it speak."""
    mine = {str(one.pool): one for one in kiosks.operators(request.seat, kiosks.KEEPERS)}
    operator = mine.get(request.POST.get("pool", ""))
    if operator is None:
        raise CounterNotUnderstood(pool=request.POST.get("pool", "")[:8])
    asked = counters.ask(
        code=request.POST.get("counter_code", "").strip(),
        pool=operator.pool,
        place=request.POST.get("place", "").strip(),
        algorithm=request.POST.get("algorithm", ""),
        public_pem=request.POST.get("public_pem", "").strip().replace("\r\n", "\n") + "\n",
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_retire(
    request: OfficerRequest, /, *, counter_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which a counting machine is silenced."""
    context = {
        "counter": kiosks.counter(request.seat, counter_id),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "kiosk-boxes",
    }
    return render(request, "console/kiosks/counter_retire.html", context)


@door.acting(kiosks.KEEPERS, ask_retire)
def retire_counter(request: OfficerRequest, counter_id: UUID) -> HttpResponse:
    """What it signs counts no more."""
    kiosks.counter(request.seat, counter_id)
    because = request.POST.get("reason", "").strip() or "retired"
    counters.retire(counter_id, by=request.seat.person, because=because, now=clock.now())
    return HttpResponseRedirect(reverse("console:kiosk-counters"))


def _opened_box(request: OfficerRequest, box_id: UUID) -> dict[str, Any]:
    one, now = kiosks.box(request.seat, box_id), clock.now()
    found = kiosks.counts_of(one)
    names = officers.names_of(
        str(who) for each in found for who in (each.first_id, each.second_id) if who
    )
    waiting = kiosks.open_count(one)
    return {
        "box": one,
        "state": words.of(kiosk_words.BOX, one.state),
        "booked_fen": kiosks.booked_fen(one),
        "days": kiosks.working_days_out(one, now),
        "counts": [
            {
                "count": each,
                "state": words.of(kiosk_words.COUNT, each.state),
                "by": "、".join(
                    names.get(str(who), "") for who in (each.first_id, each.second_id) if who
                ),
            }
            for each in found
        ],
        "records": counters.of_box(one) if one.state == "removed" else [],
        "may_count": one.state == "removed" and kiosks.may(request.seat, kiosks.KEEPERS, one.pool),
        "waiting": waiting,
        "is_first": waiting is not None and waiting.first_id == request.seat.person.pk,
        "here": "kiosk-boxes",
    }


def _notes(request: OfficerRequest) -> dict[int, int]:
    notes = {fen: request.POST.get(f"note_{fen}", "").strip() or "0" for fen in NOTES_FEN}
    if any(not text.isdecimal() or len(text) > 6 for text in notes.values()):
        raise CountNotUnderstood("a number of notes is a whole number")
    return {fen: int(text) for fen, text in notes.items()}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise CountNotUnderstood("no such record") from wrong


def _age(days: int) -> str:
    if days > kiosks.LATE_AFTER:
        return "wrong"
    return "settled" if days < kiosks.LATE_AFTER else "waiting"
