"""What went wrong by itself or by somebody: duties given up, alarms, one subject's trail."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, duties, duty_queries, officers, roles, trail, trail_queries
from accounts.errors import DomainError
from gateway.console import door, explaining, queries, words
from gateway.console.seats import OVERSEERS, OfficerRequest

ALARM_READERS = frozenset({roles.SECURITY_OFFICER, *OVERSEERS})
TRAIL_READERS = frozenset({roles.SECURITY_OFFICER, roles.FINANCE_OFFICER, *OVERSEERS})
DUTY_MASTERS = frozenset({roles.ADMINISTRATOR})


@door.seated(queries.DUTY_READERS, province=True)
def given_up(request: OfficerRequest) -> HttpResponse:
    """Duties past their schedule, newest first; an administrator may have one tried again."""
    rows = [
        {
            "duty": one,
            "kind": words.DUTIES.get(one.kind, one.kind),
            "ref": queries.matter_of(one),
        }
        for one in reversed(queries.given_up())
    ]
    may_act = request.seat.holds(DUTY_MASTERS)
    context = {
        "rows": rows[: queries.PAGE],
        "lost": queries.lost_events()[: queries.PAGE],
        "officer": request.seat.person.pk,
        "may_act": may_act,
        "here": "duties",
    }
    return render(request, "console/duties.html", context)


def ask_again(
    request: OfficerRequest, /, *, duty_id: int, mistake: DomainError | None = None
) -> HttpResponse:
    """The question before a duty is tried anew."""
    owed = duty_queries.get_given_up(duty_id)
    if owed is None or queries.matter_of(owed):
        raise Http404
    context = {
        "duty": owed,
        "kind": words.DUTIES.get(owed.kind, owed.kind),
        "mistake": mistake,
        "here": "duties",
    }
    return render(request, "console/duty_again.html", context)


@door.acting(DUTY_MASTERS, ask_again, province=True)
def try_again(request: OfficerRequest, duty_id: int) -> HttpResponse:
    """The duty is owed anew, from the beginning of its schedule."""
    owed = duty_queries.get_given_up(duty_id)
    if owed is None or queries.matter_of(owed):
        raise Http404
    now = clock.now()
    trail.record(
        "duty_owed_again",
        actor=request.seat.actor,
        now=now,
        subject=f"duty:{owed.subject_id}",
        kind=owed.kind,
    )
    duties.owe(owed.kind, owed.subject_id, now=now)
    return HttpResponseRedirect(reverse("console:duties"))


@door.seated(ALARM_READERS, province=True)
def alarms(request: OfficerRequest) -> HttpResponse:
    """Security events, newest first; one kind of them when the address says so."""
    code = request.GET.get("code", "")[:48]
    found = list(
        trail_queries.alarms(code=code, before=_number(request.GET.get("before")))[
            : queries.PAGE + 1
        ]
    )
    shown = found[: queries.PAGE]
    names = officers.names_of(one.actor_id for one in shown if one.actor_kind == "officer")
    rows = [
        {
            "event": one,
            "word": words.act(one.code),
            "by": explaining.who(one.actor_kind, one.actor_id, names),
            "subject_id": explaining.id_in(one.subject),
        }
        for one in shown
    ]
    earlier = shown[-1].pk if len(found) > queries.PAGE else None
    context = {"rows": rows, "code": code, "word": words.act(code), "earlier": earlier}
    return render(request, "console/alarms.html", context | {"here": "alarms"})


@door.seated(TRAIL_READERS, province=True)
def search(request: OfficerRequest) -> HttpResponse:
    """Takes an id and opens its trail; says so when it is no id."""
    text = request.GET.get("id", "").strip().lower()
    found = explaining.id_in(text)
    if found is not None:
        return HttpResponseRedirect(reverse("console:subject", args=[found]))
    return render(request, "console/search.html", {"text": text, "here": "subject"})


@door.seated(TRAIL_READERS, province=True, personal=True)
def subject(request: OfficerRequest, subject_id: UUID) -> HttpResponse:
    """Everything the trail knows of one id."""
    story = explaining.of_subject(subject_id)
    context = {"story": story, "subject_id": subject_id, "here": "subject"}
    return render(request, "console/subject.html", context)


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)
