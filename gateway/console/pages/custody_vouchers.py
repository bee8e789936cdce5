"""凭证: a closed day's vouchers in their order, one by its number, and one on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import approvals, officers
from gateway.console import custody, custody_words, door, tracing, words
from gateway.console.pages.custody_reports import day_or_yesterday
from gateway.console.seats import OfficerRequest
from reserve_funds.chart import BY_NAME
from reserve_funds.ledger import listing, sealing, vouchers
from reserve_funds.ledger.sealing import DayState
from reserve_funds.ledger.values import Booked
from reserve_funds.ledger.vouchers import Number, Voucher

_MOST_SERIAL = 2**31 - 1


@door.seated(custody.READERS)
def find(request: OfficerRequest) -> HttpResponse:
    """The chooser: a pool and a day, or a number; what is found has its own address."""
    pools = custody.pools_with_a_book(request.seat)
    pool, text = request.GET.get("pool", ""), request.GET.get("number", "").strip()
    day = day_or_yesterday(request.GET.get("day"))
    if pool:
        if not pool.isdecimal() or int(pool) not in pools:
            raise Http404
        wanted = _number(text, day)
        if not text:
            return HttpResponseRedirect(_address("custody-vouchers", int(pool), day))
        if wanted is not None and vouchers.one(int(pool), wanted) is not None:
            return HttpResponseRedirect(
                _address("custody-voucher-one", int(pool), wanted.day, wanted.serial)
            )
    context = _chooser(pools) | {
        "pool": int(pool) if pool else None,
        "day": day,
        "typed": text,
        "is_missing": bool(pool),
    }
    status = 404 if pool else 200
    return render(request, "console/custody/voucher_find.html", context, status=status)


@door.seated(custody.READERS, personal=True)
def of_day(request: OfficerRequest, pool: int, day: str) -> HttpResponse:
    """A day's vouchers, a page from after a number; before the close there are none."""
    state = _state(request, pool, day)
    after = _serial(request.GET.get("after", "0"))
    seal = next(iter(sealing.seals(pool, first=state.day, last=state.day)), None)
    page = vouchers.of_day(pool, state.day, after=after, limit=custody.PAGE)
    refs = [ref for one in page.vouchers for ref in (one.booked.debit, one.booked.credit)]
    labels = tracing.names(pool, refs)
    context = _chooser([pool]) | {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "day": state.day,
        "state": words.of(custody_words.DAY, state.state),
        "seal": seal,
        "rows": [
            {
                "one": one,
                "event": custody_words.event(one.booked.code),
                "act": custody_words.ACTS.get(one.booked.act),
                "lines": [
                    (custody_words.kind(ref.kind), labels[ref])
                    for ref in (one.booked.debit, one.booked.credit)
                ],
            }
            for one in page.vouchers
        ],
        "earlier": max(0, after - custody.PAGE) if after else None,
        "next": page.after,
    }
    return render(request, "console/custody/vouchers.html", context)


@door.seated(custody.READERS, personal=True)
def voucher(request: OfficerRequest, pool: int, day: str, number: int) -> HttpResponse:
    """One voucher: its lines, where they lead, and everything the outside said of it."""
    return render(request, "console/custody/voucher.html", _opened(request, pool, day, number))


@door.seated(custody.READERS, personal=True)
def on_paper(request: OfficerRequest, pool: int, day: str, number: int) -> HttpResponse:
    """The same on A4, with its day's seal and places for signatures."""
    return render(
        request, "console/custody/voucher_print.html", _opened(request, pool, day, number)
    )


def _opened(request: OfficerRequest, pool: int, day: str, serial: int) -> dict[str, Any]:
    state = _state(request, pool, day)
    if serial > _MOST_SERIAL:
        raise Http404
    found = vouchers.one(pool, Number(day=state.day, serial=serial))
    if found is None:
        raise Http404
    one = found.booked
    labels = tracing.names(pool, [one.debit, one.credit])
    [seal] = sealing.seals(pool, first=state.day, last=state.day)
    return {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "voucher": found,
        "one": one,
        "event": custody_words.event(one.code),
        "act": custody_words.ACTS.get(one.act),
        "lines": [
            {
                "line": line,
                "number": BY_NAME[line.ref.kind].number,
                "word": custody_words.kind(line.ref.kind),
                "label": labels[line.ref],
                "account_id": listing.id_of(pool, line.ref),
            }
            for line in found.lines
        ],
        "chain": tracing.chain(one),
        "links": [
            {"word": word, "address": reverse(f"console:{view}", args=args)}
            for word, view, args in tracing.links(one)
        ],
        "others": _others(pool, one),
        "seal": seal,
        "earlier": serial - 1 if serial > 1 else None,
        "next": serial + 1 if serial < seal.vouchers else None,
        "here": "vouchers",
    } | _signers(found)


def _others(pool: int, one: Booked) -> list[Number]:
    """The vouchers of what this one takes back or resolves."""
    ids = [each for each in (one.reverses, one.resolves) if each is not None]
    return sorted(vouchers.numbers_of(pool, ids).values()) if ids else []


def _signers(found: Voucher) -> dict[str, str]:
    """Who asked for it and who allowed it; nobody for what the house books by its rules."""
    approval_id = found.booked.approval_id or found.adjusted_under
    if approval_id is None:
        return {"maker": "", "checker": ""}
    asked = approvals.get(approval_id)
    names = officers.names_of(str(each) for each in (asked.maker_id, asked.checker_id) if each)
    return {
        "maker": names.get(str(asked.maker_id), ""),
        "checker": names.get(str(asked.checker_id), ""),
    }


def _chooser(pools: list[int]) -> dict[str, Any]:
    names = words.pool_names()
    return {
        "pools": [(pool, names.get(pool, str(pool))) for pool in pools],
        "here": "vouchers",
    }


def _number(text: str, day: date) -> Number | None:
    """What is typed: a whole number with its day, or its place in the chosen day."""
    if text.isdecimal() and len(text) < len("20261120"):
        return Number(day=day, serial=int(text))
    return vouchers.read(text)


def _serial(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_SERIAL:
        raise Http404
    return int(text)


def _address(view: str, pool: int, day: date, *rest: int) -> str:
    return reverse(f"console:{view}", args=[pool, day.isoformat(), *rest])


def _state(request: OfficerRequest, pool: int, text: str) -> DayState:
    custody.require(request.seat, pool)
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    found = sealing.state_of(pool, wanted)
    if found is None:
        raise Http404
    return found
