"""存疑发票: those whose office gives no end, asked about again, and decided by two officers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from gateway.console import door, explaining, invoices, words
from gateway.console.seats import OfficerRequest
from gateway.invoice import deciding
from gateway.invoice.deciding import Said
from gateway.invoice.models import Invoice

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@door.seated(invoices.READERS)
def invoice_list(request: OfficerRequest) -> HttpResponse:
    """Every invoice in doubt, oldest first."""
    found = invoices.in_doubt(request.seat, clock.now())
    pools = words.pool_names()
    context = {
        "rows": [_row(one, pools) for one in found[:200]],
        "count": len(found),
        "here": "invoices",
    }
    return render(request, "console/invoices/list.html", context)


@door.seated(invoices.READERS)
def invoice(request: OfficerRequest, invoice_id: UUID) -> HttpResponse:
    """One invoice: what it says, what its office said, and what may be done."""
    return render(request, "console/invoices/one.html", _opened(request, invoice_id))


def ask_asking(
    request: OfficerRequest, /, *, invoice_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """Whether to ask the office once more."""
    return _asking(request, invoice_id, "console/invoices/again.html", mistake)


@door.acting(invoices.MAKERS, ask_asking)
def ask_again(request: OfficerRequest, invoice_id: UUID) -> HttpResponse:
    """The office is asked by the number it knows; nothing else changes."""
    invoices.invoice(request.seat, invoice_id)
    deciding.ask_again(invoice_id, officer=request.seat.person, now=clock.now())
    return HttpResponseRedirect(reverse("console:invoice", args=[invoice_id]))


def ask_decision(
    request: OfficerRequest, /, *, invoice_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """What the tax authority's platform shows, and on what paper that rests."""
    return _asking(request, invoice_id, "console/invoices/decide.html", mistake)


@door.acting(invoices.MAKERS, ask_decision)
def decide(request: OfficerRequest, invoice_id: UUID) -> HttpResponse:
    """The first officer's word; another decides at the desk of approvals."""
    invoices.invoice(request.seat, invoice_id)
    said = Said(
        because=request.POST.get("reason", ""),
        invoice_no=request.POST.get("invoice_no", ""),
        issued_at=_moment(request.POST.get("issued_at", "")),
    )
    made = deciding.propose(
        invoice_id,
        choice=request.POST.get("choice", ""),
        said=said,
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[made.pk]))


def _asking(
    request: OfficerRequest, invoice_id: UUID, template: str, mistake: DomainError | None
) -> HttpResponse:
    context = _opened(request, invoice_id) | {
        "typed": request.POST,
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
    }
    return render(request, template, context)


def _opened(request: OfficerRequest, invoice_id: UUID) -> dict[str, Any]:
    one = invoices.invoice(request.seat, invoice_id)
    is_theirs = request.seat.reaches(one.pool, invoices.MAKERS)
    titles = {state: word for state, (_meaning, word) in invoices.STATES.items()}
    return _row(one, words.pool_names()) | {
        "said": list(one.words.order_by("-id")[:20]),
        "asked": invoices.asked(one),
        "choices": invoices.choices(one) if is_theirs else [],
        "may_ask": is_theirs and one.state in ("asked", "sent", "reversing"),
        "story": explaining.moves_of(one.pk, titles),
        "here": "invoices",
    }


def _row(one: Invoice, pools: dict[int, str]) -> dict[str, Any]:
    red = getattr(one, "red", None)
    return {
        "one": one,
        "red": red,
        "red_state": None if red is None else invoices.RED[red.state],
        "pool": pools.get(one.pool, str(one.pool)),
        "state": invoices.STATES[one.state],
    }


def _moment(text: str) -> datetime | None:
    """What a form's field of a moment says, in Shanghai; None for nothing that is one."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_SHANGHAI)
    except ValueError:
        return None
