"""Approvals: what waits to be decided, one of them laid open, and the verdict, asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers, trail
from accounts.errors import ApprovalDecided, DomainError
from accounts.models import Approval
from gateway.console import contents, deciding, door, explaining, purpose_words, queries, words
from gateway.console.pages.loads import in_language
from gateway.console.purposes import Purpose
from gateway.console.seats import OFFICERS, OfficerRequest

SHOWN = ("mine", "asked", "all")


@door.seated(OFFICERS)
def approvals(request: OfficerRequest) -> HttpResponse:
    """The list: to decide, asked by me, or all I may read; the choice stays in the address."""
    shown = request.GET.get("show", "mine")
    shown = shown if shown in SHOWN else "mine"
    before = _id(request.GET.get("before"))
    now = clock.now()
    if shown == "mine":
        found = queries.approvals_to_decide(request.seat, now)
    elif shown == "asked":
        found = queries.approvals_asked_by(request.seat, before)
    else:
        found = queries.approvals_all(request.seat, before)
    rows = _rows(found[: queries.PAGE])
    context = {
        "rows": rows,
        "shown": shown,
        "earlier": found[queries.PAGE - 1].pk if len(found) > queries.PAGE else None,
        "here": "approvals",
    }
    return render(request, "console/approvals.html", context)


@door.seated(OFFICERS, personal=True)
def approval(request: OfficerRequest, approval_id: UUID) -> HttpResponse:
    """One approval: what is asked, by whom, what it changes, its fingerprint and its story."""
    return render(request, "console/approval.html", _opened(request, approval_id))


@door.seated(OFFICERS, personal=True)
def voucher(request: OfficerRequest, approval_id: UUID) -> HttpResponse:
    """The approval on A4, with places for signatures and seal."""
    return render(request, "console/voucher.html", _opened(request, approval_id))


def ask_verdict(
    request: OfficerRequest,
    /,
    *,
    approval_id: UUID,
    verdict: str,
    mistake: DomainError | None = None,
) -> HttpResponse:
    """The second question before a verdict, with the code when the last one is too old."""
    if verdict not in deciding.VERDICTS:
        raise Http404
    context = _opened(request, approval_id)
    if not context["may_decide"] and mistake is None:
        return HttpResponseRedirect(reverse("console:approval", args=[approval_id]))
    context |= {"verdict": verdict, "mistake": mistake}
    return render(request, "console/verdict.html", context)


@door.acting(OFFICERS, ask_verdict)
def decide(request: OfficerRequest, approval_id: UUID, verdict: str) -> HttpResponse:
    """The verdict itself, given to the room whose approval it is."""
    if verdict not in deciding.VERDICTS:
        raise Http404
    now = clock.now()
    asked = queries.approval(request.seat, approval_id)
    if request.POST.get("fingerprint") != bytes(asked.fingerprint).hex():
        raise ApprovalDecided("the page was of other content", id=approval_id)
    deciding.decide(approval_id, verdict, checker=request.seat.person, now=now)
    trail.record(
        f"approval_{verdict}",
        actor=request.seat.actor,
        now=now,
        subject=f"approval:{approval_id}",
        purpose=asked.purpose,
        pool=asked.pool,
    )
    return HttpResponseRedirect(reverse("console:approval", args=[approval_id]))


def _opened(request: OfficerRequest, approval_id: UUID) -> dict[str, Any]:
    asked = queries.approval(request.seat, approval_id)
    now = clock.now()
    [row] = _rows([asked])
    told = purpose_words.known(asked.purpose)
    here = told is not None and told.at_desk
    may_decide = queries.may_decide(request.seat, asked, now)
    return {
        "row": row,
        "asked": asked,
        "effect": in_language(told.effect_zh, told.effect_en) if told else "",
        "facts": contents.facts(asked.content),
        "changes": _changes(asked, told),
        "is_maker": asked.maker_id == request.seat.person.pk,
        "may_decide": may_decide and here,
        "elsewhere": may_decide and not here,
        "page": told.page(asked) if told and told.page else "",
        "story": explaining.of_approval(asked, {"maker": row["maker"], "checker": row["checker"]}),
        "fingerprint_hex": bytes(asked.fingerprint).hex(),
        "here": "approvals",
    }


def _rows(found: Sequence[Approval]) -> list[dict[str, Any]]:
    names = officers.names_of(queries.people_of(found))
    pools = words.pool_names()
    return [
        {
            "approval": one,
            "purpose": _word(one.purpose),
            "pool": pools.get(one.pool, str(one.pool)),
            "maker": names.get(str(one.maker_id), str(one.maker_id)[:8]),
            "checker": names.get(str(one.checker_id), "") if one.checker_id else "",
            "checker_role": words.ROLES.get(one.checker_role, one.checker_role),
            "state": words.of(words.APPROVAL, one.state),
            "amount_fen": contents.amount_fen(one.content),
        }
        for one in found
    ]


def _word(purpose: str) -> str:
    """What an approval is for, as people say it; a purpose nobody told of is shown as it is."""
    told = purpose_words.known(purpose)
    return in_language(told.zh, told.en) if told else purpose


def _changes(asked: Approval, told: Purpose | None) -> list[contents.Change]:
    """Before and after: as frozen, else as what holds now says; a decided one has no now."""
    if told is not None and told.compare is not None and asked.state == "asked":
        return told.compare(asked)
    return contents.changes(asked.content)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
