"""登记银行账户: asking for a new custody account, for a change of one, and for its closing."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError, NotAllowed
from accounts.models import PartnerBank
from accounts.roles import FINANCE_OFFICER
from gateway.console import custody, custody_words, door, mistakes, words
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.bank import queries, registering
from reserve_funds.custody.bank.errors import CustodyAccountMalformed
from reserve_funds.custody.bank.models import USES, CustodyAccount
from reserve_funds.custody.bank.registering import NewAccount
from reserve_funds.custody.statements import reading


def ask_account(
    request: OfficerRequest,
    /,
    *,
    account_id: UUID | None = None,
    mistake: DomainError | None = None,
) -> HttpResponse:
    """The form: an account as its bank opened it; of a known one its name, form and closing."""
    known = _account(request, account_id)
    reach = custody.making_pools(request.seat)
    pools = words.pool_names()
    typed: Any = request.POST or (
        {} if known is None else {"account_name": known.name, "form": known.form}
    )
    context = mistakes.of(mistake) | {
        "known": known,
        "use": custody_words.USES.get(known.use, known.use) if known else "",
        "pool_name": pools.get(known.pool, str(known.pool)) if known else "",
        "pools": [(str(one), name) for one, name in pools.items() if reach is None or one in reach],
        "banks": PartnerBank.objects.exclude(state="closed").order_by("code"),
        "uses": [(one, custody_words.USES[one]) for one in USES],
        "forms": reading.forms(),
        "typed": typed,
        "here": "bank-accounts",
    }
    return render(request, "console/custody/bank_account.html", context)


@door.acting(custody.MAKERS, ask_account)
def put_account(request: OfficerRequest, account_id: UUID | None = None) -> HttpResponse:
    """The proposal; another officer of the pool decides, and until then nothing is otherwise."""
    known, form, now = _account(request, account_id), request.POST, clock.now()
    maker, because = request.seat.person, form.get("reason", "")
    if known is None:
        asked = registering.ask(_told(request), because=because, maker=maker, now=now)
    else:
        if not custody.may_ask(request.seat, known.pool):
            raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
        asked = registering.ask_change(
            known.pk,
            name=form.get("account_name", ""),
            form=form.get("form", ""),
            closed_on=_day(form.get("closed_on", ""), "closed_on")
            if form.get("closed_on")
            else None,
            because=because,
            maker=maker,
            now=now,
        )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _told(request: OfficerRequest) -> NewAccount:
    form = request.POST
    pool = form.get("pool", "")
    if pool not in {str(one) for one in words.pool_names()}:
        raise CustodyAccountMalformed(field="pool")
    bank = PartnerBank.objects.filter(code=form.get("bank", "")).exclude(state="closed").first()
    if bank is None:
        raise CustodyAccountMalformed(field="bank")
    return NewAccount(
        pool=int(pool),
        bank=bank,
        account_no="".join(form.get("account_no", "").split()).upper(),
        name=form.get("account_name", ""),
        use=form.get("use", ""),
        form=form.get("form", ""),
        opened_on=_day(form.get("opened_on", ""), "opened_on"),
    )


def _account(request: OfficerRequest, account_id: UUID | None) -> CustodyAccount | None:
    """An open account within reach, or None for a new one."""
    if account_id is None:
        return None
    for one in queries.accounts(custody.pools_of(request.seat)):
        if one.pk == account_id and not one.closed_on:
            return one
    raise Http404


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CustodyAccountMalformed(field=field) from None
