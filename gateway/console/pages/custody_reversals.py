"""冲正: what was asked to be reversed and what became of it; asking, a mirrored pair as one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import approval_queries, clock, officers
from accounts.errors import DomainError
from accounts.identifiers import derive
from accounts.models import Approval
from gateway.console import custody, custody_words, door, mistakes, tracing, words
from gateway.console.seats import OVERSEERS, OfficerRequest
from reserve_funds.chart import MIRRORS
from reserve_funds.custody.bank import queries, reversals
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Booked, Ref

_OTHER = dict(MIRRORS) | {right: left for left, right in MIRRORS}
_MOST_LEGS = 500


@door.seated(custody.READERS)
def asked(request: OfficerRequest) -> HttpResponse:
    """Reversals and corrected statements that were asked for, newest first, with their state."""
    seat, before = request.seat, _id(request.GET.get("before"))
    rows = approval_queries.visible_to(seat.person, seat.grants, overseers=OVERSEERS)
    rows = rows.filter(purpose__in=(reversals.PURPOSE, "custody.correction"))
    rows = rows if before is None else rows.filter(pk__lt=before)
    found = list(rows[: custody.PAGE + 1])
    shown = found[: custody.PAGE]
    names = officers.names_of({str(one.maker_id) for one in shown})
    pools = words.pool_names()
    context = {
        "rows": [
            {
                "one": one,
                "is_reversal": one.purpose == reversals.PURPOSE,
                "pool": pools.get(one.pool, str(one.pool)),
                "because": one.content.get("because", ""),
                "maker": names.get(str(one.maker_id), ""),
                "state": words.of(words.APPROVAL, one.state),
            }
            for one in shown
        ],
        "corrections": queries.corrections(custody.pools_of(seat)),
        "earlier": shown[-1].pk if len(found) > len(shown) else None,
        "here": "reversals",
    }
    return render(request, "console/custody/reversals.html", context)


def ask_reversal(
    request: OfficerRequest,
    /,
    *,
    pool: int,
    transfer_id: UUID,
    mistake: DomainError | None = None,
) -> HttpResponse:
    """The form: the transfer with its mirrored leg, what would be booked, and why."""
    legs = _legs(request, pool, transfer_id)
    labels = tracing.names(pool, [ref for one in legs for ref in (one.debit, one.credit)])
    context = mistakes.of(mistake) | {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "one": legs[0],
        "event": custody_words.event(legs[0].code),
        "legs": [
            {
                "one": one,
                "event": custody_words.event(one.code),
                "debit": _side(one.debit, labels),
                "credit": _side(one.credit, labels),
            }
            for one in legs
        ],
        "is_reversed": reversal_of(pool, legs[0].id) is not None,
        "reason": request.POST.get("reason", ""),
        "here": "reversals",
    }
    return render(request, "console/custody/reversal_ask.html", context)


@door.acting(custody.MAKERS, ask_reversal)
def ask(request: OfficerRequest, pool: int, transfer_id: UUID) -> HttpResponse:
    """The proposal; another officer allows all of it or nothing."""
    legs = _legs(request, pool, transfer_id)
    made: list[Approval] = reversals.ask(
        pool,
        [one.id for one in legs],
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[made[0].pk]))


def reversal_of(pool: int, transfer_id: UUID) -> UUID | None:
    """The transfer that reversed this one; its id follows from it."""
    wanted = derive(transfer_id, "reversed")
    found = ledger.transfers_of_event(pool, [wanted])
    return found[0].id if found else None


def _legs(request: OfficerRequest, pool: int, transfer_id: UUID) -> list[Booked]:
    """The transfer, and the other leg of a mirrored pair, which was booked the same day."""
    custody.require(request.seat, pool)
    found = ledger.transfers_of_event(pool, [transfer_id])
    if not found:
        raise Http404
    one = found[0]
    if one.cross_id is None:
        return [one]
    ids = set()
    for ref in (one.debit, one.credit):
        if ref.kind in _OTHER:
            mirrored = Ref(kind=_OTHER[ref.kind], owner=ref.owner)
            lines = ledger.statement(
                pool, mirrored, from_day=one.business_day,
                to_day=one.business_day + timedelta(days=1), limit=_MOST_LEGS,
            ).lines  # fmt: skip
            ids |= {line.id for line in lines if line.amount_fen == one.amount_fen}
    others = ledger.transfers_of_event(pool, sorted(ids - {one.id})) if ids else []
    return [one, *(each for each in others if each.cross_id == one.cross_id)]


def _side(ref: Ref, labels: dict[Ref, str]) -> dict[str, Any]:
    return {"word": custody_words.kind(ref.kind), "label": labels[ref]}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
