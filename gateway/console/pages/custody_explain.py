"""解释这个数: a kind opens into accounts, an account into transfers, a transfer into its event."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.clock import business_day
from gateway.console import custody, custody_words, door, tracing, words
from gateway.console.pages.custody_reversals import reversal_of
from gateway.console.seats import OfficerRequest
from reserve_funds.chart import BY_NAME
from reserve_funds.ledger import listing, queries, vouchers
from reserve_funds.ledger.queries import Place
from reserve_funds.ledger.values import Ref

SPAN = timedelta(days=30)
_SALT = "console.custody.place"


@door.seated(custody.READERS, personal=True)
def kind(request: OfficerRequest, pool: int, name: str) -> HttpResponse:
    """The accounts of one kind that are not at zero, by owner, page by page."""
    custody.require(request.seat, pool)
    if name not in BY_NAME:
        raise Http404
    after = _signed(request.GET.get("after"), str, "")
    found = listing.accounts(pool, name, after=after, limit=custody.PAGE + 1)
    shown = found[: custody.PAGE]
    labels = tracing.names(pool, [one.ref for one in shown])
    context = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "word": custody_words.kind(name),
        "rows": [{"one": one, "label": labels[one.ref]} for one in shown],
        "next": signing.dumps(shown[-1].ref.owner, salt=_SALT) if len(found) > len(shown) else "",
        "here": "custody",
    }
    return render(request, "console/custody/kind.html", context)


@door.seated(custody.READERS, personal=True)
def account(request: OfficerRequest, pool: int, account_id: UUID) -> HttpResponse:
    """One account: its balance, and the transfers that made it, oldest first."""
    ref = custody.account(request.seat, pool, account_id)
    today = business_day(clock.now())
    first = _day(request.GET.get("from")) or today - SPAN
    last = _day(request.GET.get("to")) or today + timedelta(days=1)
    told = _signed(request.GET.get("after"), list, [])
    after = _place(told) if told else None
    page = queries.statement(
        pool, ref, from_day=first, to_day=last, after=after, limit=custody.PAGE
    )
    labels = tracing.names(pool, [ref, *(line.against for line in page.lines)])
    context = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "ref": ref,
        "word": custody_words.kind(ref.kind),
        "label": labels[ref],
        "balance_fen": queries.balance_fen(pool, ref),
        "opening_fen": _opening(page.lines, after),
        "rows": [
            {
                "line": line,
                "event": custody_words.event(line.code),
                "against": custody_words.kind(line.against.kind),
                "label": labels[line.against],
                "account_id": listing.id_of(pool, line.against),
            }
            for line in page.lines
        ],
        "first": first,
        "last": last,
        "is_later_page": after is not None,
        "next": signing.dumps(_told(page.after), salt=_SALT) if page.after else "",
        "here": "custody",
    }
    return render(request, "console/custody/account.html", context)


@door.seated(custody.READERS, personal=True)
def transfer(request: OfficerRequest, pool: int, transfer_id: UUID) -> HttpResponse:
    """One transfer: both accounts, its event, what the outside said of it, who approved it."""
    custody.require(request.seat, pool)
    found = queries.transfers_of_event(pool, [transfer_id])
    if not found:
        raise Http404
    one = found[0]
    labels = tracing.names(pool, [one.debit, one.credit])
    undone = reversal_of(pool, one.id)
    number = vouchers.numbers_of(pool, [one.id]).get(one.id)
    context = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "one": one,
        "event": custody_words.event(one.code),
        "sides": [_side(pool, ref, labels) for ref in (one.debit, one.credit)],
        "chain": tracing.chain(one),
        "links": [
            {"word": word, "address": reverse(f"console:{view}", args=args)}
            for word, view, args in tracing.links(one)
        ],
        "undone": undone,
        "number": number,
        "may_reverse": undone is None
        and one.reverses is None
        and custody.may_ask(request.seat, pool)
        and not {one.debit.kind, one.credit.kind} & custody.THE_BANKS_OWN,
        "here": "custody",
    }
    return render(request, "console/custody/transfer.html", context)


def _side(pool: int, ref: Ref, labels: dict[Ref, str]) -> dict[str, Any]:
    return {
        "word": custody_words.kind(ref.kind),
        "label": labels[ref],
        "account_id": listing.id_of(pool, ref),
    }


def _opening(lines: list[queries.Line], after: Place | None) -> int | None:
    if after is not None:
        return after.balance_fen
    return lines[0].balance_fen - lines[0].change_fen if lines else None


def _told(place: Place) -> list[Any]:
    return [place.day.isoformat(), place.place, str(place.id), place.balance_fen]


def _place(told: list[Any]) -> Place:
    return Place(
        day=date.fromisoformat(told[0]), place=told[1], id=UUID(told[2]), balance_fen=told[3]
    )


def _signed(text: str | None, wanted: type, empty: Any) -> Any:
    """What a page's address carries on, signed: nobody makes up a running balance."""
    if not text:
        return empty
    try:
        told = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        raise Http404 from None
    if not isinstance(told, wanted):
        raise Http404
    return told


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Http404 from None
