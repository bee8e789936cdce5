"""未写卡与留存现金: cash that no card took or that became no order, given back by two officers."""

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
from gateway.kiosk import claims, kept, transfers
from gateway.kiosk.models import Claim
from gateway.pages import words as page_words
from reserve_funds.custody.bank import profiles, queries
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.payees import Payee

_PAYEE = ("payee_no", "payee_name", "payee_bank_code", "payee_bank_name")


@door.seated(kiosks.READERS, personal=True)
def claim_list(request: OfficerRequest) -> HttpResponse:
    """What waits, since when and in which box, what was asked for, and how kept cash ended."""
    open_ones, ended = kiosks.claims(request.seat), kiosks.ended_claims(request.seat)
    names, both = words.pool_names(), [*open_ones, *ended]
    boxes, asked = kiosks.boxes_of_claims(both), kiosks.asked_of(open_ones, clock.now())
    rows = [
        {
            "claim": one,
            "pool": names.get(one.pool, ""),
            "state": kiosk_words.claim(one),
            "boxes": boxes.get(one.intake_id, []),
            "asked": asked.get(one.pk),
            "may": one.state != "paying" and kiosks.may(request.seat, kiosks.MONEY, one.pool),
            "may_transfer": one.state == "paying"
            and kiosks.may(request.seat, kiosks.MONEY, one.collected_by),
            "is_over": one.state in ("paid_out", "ordered"),
        }
        for one in both
    ]
    context = {
        "tables": [
            (title, [row for row in rows if row["is_over"] is is_over])
            for title, is_over in ((kiosk_words.UNLOADED, False), (kiosk_words.KEPT_ENDED, True))
        ],
        "here": "kiosk-claims",
    }
    return render(request, "console/kiosks/claims.html", context)


def ask_giving_back(
    request: OfficerRequest, /, *, claim_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form on which cash is given back: out of which box, over the bank, or by its shop."""
    one = kiosks.claim(request.seat, claim_id)
    ways = kept.ways_of(one)
    context = _opened(request, one, mistake) | {
        "by_shop": "shop" in ways,
        "boxes": [
            (label, page_words.money(fen))
            for label, fen in (claims.boxes_that_pay(one) if "cash" in ways else {}).items()
        ],
    }
    return render(request, "console/kiosks/give_back.html", context)


@door.acting(kiosks.MONEY, ask_giving_back)
def give_back(request: OfficerRequest, claim_id: UUID) -> HttpResponse:
    """Asked by one finance officer; another decides at the approvals."""
    one, label = kiosks.claim(request.seat, claim_id), request.POST.get("box", "")
    otherwise = "shop" if "shop" in kept.ways_of(one) else "bank"
    asked = claims.ask(
        claim_id,
        way="cash" if label else otherwise,
        box=label,
        because=request.POST.get("reason", "").strip(),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_transfer(
    request: OfficerRequest, /, *, claim_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form on which what waits in 在途退款 is asked to be paid: to whom, from which account."""
    one = kiosks.claim(request.seat, claim_id)
    left_fen = transfers.waiting_fen(one)
    context = _opened(request, one, mistake) | {"left_fen": left_fen}
    if left_fen:
        rule = profiles.of_open_day(one.collected_by).rule("R5")
        context["accounts"] = _accounts(one)
        context["routes"] = () if rule is None else rule.parameters["routes"]
    return render(request, "console/kiosks/transfer.html", context)


@door.acting(kiosks.MONEY, ask_transfer)
def transfer(request: OfficerRequest, claim_id: UUID) -> HttpResponse:
    """The outflow's request, for another finance officer to decide."""
    one = kiosks.claim(request.seat, claim_id)
    mine = {str(each.id): each for each in _accounts(one)}
    account = mine.get(request.POST.get("account", ""))
    if account is None:
        raise OutflowMalformed(field="account")
    told = {name: request.POST.get(name, "").strip() for name in _PAYEE}
    asked = transfers.ask(
        claim_id,
        payee=Payee(
            account_no=told["payee_no"],
            name=told["payee_name"],
            bank_code=told["payee_bank_code"],
            bank_name=told["payee_bank_name"],
        ),
        account=account,
        because=request.POST.get("reason", "").strip(),
        route=request.POST.get("route", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _accounts(one: Claim) -> list[CustodyAccount]:
    found = queries.accounts([one.collected_by])
    return [each for each in found if each.use == "reserve" and each.closed_on is None]


def _opened(request: OfficerRequest, one: Claim, mistake: DomainError | None) -> dict[str, Any]:
    return {
        "claim": one,
        "state": kiosk_words.claim(one),
        "pool": words.pool_names().get(one.pool, ""),
        "typed": request.POST,
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "kiosk-claims",
    }
