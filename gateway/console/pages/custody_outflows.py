"""备付金划出: what is asked for, decided and on its way; asking, with limits shown before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import approvals, clock, officers
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, explaining, tracing, words
from gateway.console.amounts import fen_of
from gateway.console.seats import OfficerRequest
from gateway.pages.timeline import Fact
from reserve_funds.custody.bank import payees, profiles, queries, requests
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.handbook import EVENTS, Purpose
from reserve_funds.ledger import listing
from reserve_funds.ledger.values import Ref

STATES = ("asked", "approved", "refused", "withdrawn", "expired")
OWN_ACCOUNTS = {Purpose.OWN_INCOME_SWEEP: ("income", "own"), Purpose.CUSTODY_TRANSFER: ("reserve",)}
ASKED_HERE = tuple(one for one in Purpose if one is not Purpose.PRINCIPAL_SAFE_PLACEMENT)


@door.seated(custody.READERS, personal=True)
def outflows(request: OfficerRequest) -> HttpResponse:
    """Requests, newest first, with what became of their payments."""
    state = request.GET.get("state", "")
    if state and state not in STATES:
        raise Http404
    before = _id(request.GET.get("before"))
    mine = custody.pools_of(request.seat)
    found = queries.requests(mine, state=state, before=before, limit=custody.PAGE + 1)
    shown = found[: custody.PAGE]
    paid: dict[UUID, list[Any]] = {}
    for one in queries.instructions_of([row.pk for row in shown]):
        paid.setdefault(one.request_id, []).append(one)
    names = officers.names_of(str(row.maker_id) for row in shown)
    pools = words.pool_names()
    context = {
        "rows": [
            {
                "one": row,
                "purpose": custody_words.PURPOSES[row.purpose],
                "pool": pools.get(row.pool, str(row.pool)),
                "maker": names.get(str(row.maker_id), ""),
                "state": words.of(custody_words.REQUEST, row.state),
                "payments": len(paid.get(row.pk, [])),
                "way": _way(row.state, [each.state for each in paid.get(row.pk, [])]),
            }
            for row in shown
        ],
        "states": [(one, custody_words.REQUEST[one][1]) for one in STATES],
        "state": state,
        "earlier": shown[-1].pk if len(found) > len(shown) else None,
        "may_ask": request.seat.holds(custody.MAKERS),
        "here": "outflows",
    }
    return render(request, "console/custody/outflows.html", context)


@door.seated(custody.READERS, personal=True)
def outflow(request: OfficerRequest, request_id: UUID) -> HttpResponse:
    """One request: who is paid from where, the frozen content, each payment and its way."""
    return render(request, "console/custody/outflow.html", _opened(request, request_id))


@door.seated(custody.MAKERS)
def choose(request: OfficerRequest) -> HttpResponse:
    """Which pool and purpose: those its rules permit, each with what one checker may allow."""
    told: dict[int, dict[Purpose, int]] = {}
    for account in queries.accounts(custody.making_pools(request.seat)):
        if account.use != "reserve" or account.closed_on is not None or account.pool in told:
            continue
        allowed = profiles.of_open_day(account.pool)
        mine = [one for one in ASKED_HERE if allowed.permits(one)]
        told[account.pool] = dict(queries.one_checker_limits(account.pool, mine))
    pools = words.pool_names()
    context = {
        "pools": [
            {
                "pool": pool,
                "name": pools.get(pool, str(pool)),
                "purposes": [
                    {"value": str(one), "word": custody_words.PURPOSES[one], "limit_fen": fen}
                    for one, fen in sorted(limits.items())
                ],
            }
            for pool, limits in told.items()
        ],
        "here": "outflows",
    }
    return render(request, "console/custody/outflow_choose.html", context)


def ask_outflow(
    request: OfficerRequest, /, *, pool: int, purpose: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The form of one purpose: its limit, the accounts it may be paid from, and to whom."""
    wanted = _purpose(request, pool, purpose)
    accounts = queries.accounts([pool])
    sources = _sources(pool, wanted, accounts)
    labels = tracing.names(pool, [one.ref for one in sources])
    rule = profiles.of_open_day(pool).rule("R5")
    context = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "purpose": custody_words.PURPOSES[wanted],
        "is_own": wanted in OWN_ACCOUNTS,
        "limit_fen": queries.one_checker_limits(pool, [wanted])[wanted],
        "accounts": [one for one in accounts if one.use == "reserve" and one.closed_on is None],
        "payees": [one for one in accounts if one.use in OWN_ACCOUNTS.get(wanted, ())],
        "sources": [
            {
                "one": one,
                "word": custody_words.kind(one.ref.kind),
                "label": labels[one.ref],
                "value": f"{one.ref.kind}:{one.ref.owner}",
            }
            for one in sources
        ],
        "routes": () if rule is None else rule.parameters["routes"],
        "typed": request.POST,
        "mistake": mistake,
        "here": "outflows",
    }
    return render(request, "console/custody/outflow_ask.html", context)


@door.acting(custody.MAKERS, ask_outflow)
def ask(request: OfficerRequest, pool: int, purpose: str) -> HttpResponse:
    """The request; the rules of the pool and the book refuse what may not be."""
    wanted = _purpose(request, pool, purpose)
    accounts = {str(one.id): one for one in queries.accounts([pool])}
    account = accounts.get(request.POST.get("account", ""))
    if account is None:
        raise OutflowMalformed(field="account")
    payee, paid_to = _payee(request, wanted, accounts)
    asked = requests.ask(
        pool=pool,
        purpose=wanted,
        source=_source(request, wanted, paid_to),
        payee=payee,
        amount_fen=fen_of(request.POST.get("amount", "")),
        account=account,
        because=request.POST.get("reason", ""),
        remark=request.POST.get("remark", "").strip(),
        route=request.POST.get("route", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:custody-outflow", args=[asked.pk]))


def ask_withdrawal(
    request: OfficerRequest, /, *, request_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which whoever asked takes a request back."""
    context = _opened(request, request_id) | {
        "mistake": mistake,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "console/custody/outflow_withdraw.html", context)


@door.acting(custody.MAKERS, ask_withdrawal)
def withdraw(request: OfficerRequest, request_id: UUID) -> HttpResponse:
    """Taken back by whoever asked."""
    custody.outflow(request.seat, request_id)
    reason = request.POST.get("reason", "").strip() or "withdrawn"
    requests.withdraw(request_id, maker=request.seat.person, because=reason[:200], now=clock.now())
    return HttpResponseRedirect(reverse("console:custody-outflow", args=[request_id]))


def _opened(request: OfficerRequest, request_id: UUID) -> dict[str, Any]:
    one = custody.outflow(request.seat, request_id)
    asked = approvals.get(one.pk)
    second = approvals.get(one.second_id) if one.second_id else None
    paid = queries.instructions_of([one.pk])
    labels = tracing.names(one.pool, [each.source for each in paid])
    people = [one.maker_id, asked.checker_id, second.checker_id if second else None]
    names = officers.names_of(str(each) for each in people if each)
    waiting = [each for each in (second, asked) if each is not None and each.state == "asked"]
    return {
        "one": one,
        "purpose": custody_words.PURPOSES[one.purpose],
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "state": words.of(custody_words.REQUEST, one.state),
        "maker": names.get(str(one.maker_id), ""),
        "is_maker": one.maker_id == request.seat.person.pk,
        "asked": asked,
        "checks": [
            {
                "asked": each,
                "by": names.get(str(each.checker_id), ""),
                "state": words.of(words.APPROVAL, each.state),
            }
            for each in (second, asked)
            if each is not None
        ],
        "next_check": waiting[0] if waiting and one.state == "asked" else None,
        "needs_two": second is not None,
        "payments": [
            {
                "one": each,
                "label": labels[each.source],
                "source": custody_words.kind(each.source_kind),
                "source_id": listing.id_of(one.pool, each.source),
                "transit_id": listing.id_of(one.pool, each.in_transit),
                "state": words.of(custody_words.INSTRUCTION, each.state),
                "story": _story(each),
            }
            for each in paid[: custody.PAGE]
        ],
        "here": "outflows",
    }


def _story(one: Any) -> list[Fact]:
    return explaining.moves_of(
        one.pk, {state: word for state, (_meaning, word) in custody_words.INSTRUCTION.items()}
    )


def _way(state: str, paid: list[str]) -> tuple[str, Any]:
    """The furthest thing to know of a request's payments."""
    if state != "approved" or not paid:
        return words.of(custody_words.REQUEST, state)
    for worst in ("returned", "rejected", "sent", "ready", "dropped", "paid"):
        if worst in paid:
            return custody_words.INSTRUCTION[worst]
    return words.of(custody_words.REQUEST, state)


def _sources(pool: int, purpose: Purpose, accounts: list[CustodyAccount]) -> list[listing.Listed]:
    if purpose is Purpose.CUSTODY_TRANSFER:
        return []
    kinds = {
        kind
        for event in EVENTS
        if event.purpose is purpose and profiles.IN_TRANSIT in event.credits
        for kind in event.debits
    }
    return [one for kind in sorted(kinds) for one in listing.accounts(pool, kind, limit=100)]


def _source(request: OfficerRequest, purpose: Purpose, paid_to: CustodyAccount | None) -> Ref:
    if purpose is Purpose.CUSTODY_TRANSFER and paid_to is not None:
        return paid_to.ref
    kind, _colon, owner = request.POST.get("source", "").partition(":")
    if not kind or not owner:
        raise OutflowMalformed(field="source")
    return Ref(kind=kind, owner=owner)


def _payee(
    request: OfficerRequest, purpose: Purpose, accounts: dict[str, CustodyAccount]
) -> tuple[Payee, CustodyAccount | None]:
    if purpose in OWN_ACCOUNTS:
        own = accounts.get(request.POST.get("payee", ""))
        if own is None:
            raise OutflowMalformed(field="payee_no")
        return payees.of_account(own), own
    told = {name: request.POST.get(name, "").strip() for name in
            ("payee_no", "payee_name", "payee_bank_code", "payee_bank_name")}  # fmt: skip
    return Payee(
        account_no=told["payee_no"],
        name=told["payee_name"],
        bank_code=told["payee_bank_code"],
        bank_name=told["payee_bank_name"],
    ), None


def _purpose(request: OfficerRequest, pool: int, text: str) -> Purpose:
    custody.require(request.seat, pool)
    if text not in {str(one) for one in ASKED_HERE}:
        raise Http404
    return Purpose(text)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
