"""保本存放: what is placed until when, what comes back against what may leave, and asking."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock, officers
from accounts.clock import business_day
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, drawing, explaining, mistakes, words
from gateway.console.amounts import fen_of
from gateway.console.seats import OfficerRequest
from gateway.pages.words import money
from reserve_funds.custody.bank import profiles, queries
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.placements import asking, ladder, returning
from reserve_funds.custody.placements.errors import PlacementMalformed
from reserve_funds.custody.placements.ladder import Room, Rung
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.rules.rule import Rule
from reserve_funds.errors import PoolNotOpen
from reserve_funds.ledger import listing
from reserve_funds.ledger import queries as ledger

_RATE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?")
_SHOWN_EACH = 5


@door.seated(custody.READERS)
def placements(request: OfficerRequest) -> HttpResponse:
    """Every placement within reach, newest first, and the pools whose ladder may be looked at."""
    before = _id(request.GET.get("before"))
    found = custody.placements(request.seat, before=before)
    shown = found[: custody.PAGE]
    pools = words.pool_names()
    mine = custody.pools_of(request.seat)
    held = {one.pool for one in queries.accounts(mine) if one.use == "reserve"}
    context = {
        "rows": [row_of(one) | {"pool": pools.get(one.pool, str(one.pool))} for one in shown],
        "pools": [(pool, pools.get(pool, str(pool))) for pool in sorted(held)],
        "earlier": shown[-1].pk if len(found) > len(shown) else None,
        "here": "placements",
    }
    return render(request, "console/custody/placements.html", context)


@door.seated(custody.READERS)
def pool_ladder(request: OfficerRequest, pool: int) -> HttpResponse:
    """What must stay, what may be placed, and day by day what comes back and what may leave."""
    room, rule = _room(request, pool)
    context = _ladder(pool, room) | {
        "rows": [
            row_of(one) for one in custody.placements(request.seat, pool=pool)[: custody.PAGE]
        ],
        "left": {one.ref.owner: one.fen for one in listing.accounts(pool, "placement", limit=100)},
        "may_ask": rule is not None and room is not None and custody.may_ask(request.seat, pool),
    }
    return render(request, "console/custody/placement_ladder.html", context)


@door.seated(custody.READERS, personal=True)
def placement(request: OfficerRequest, placement_id: UUID) -> HttpResponse:
    """One placement: what was agreed, what of it is still out, its request and its story."""
    one, carried = custody.placement(request.seat, placement_id)
    titles = {state: word for state, (_meaning, word) in custody_words.PLACEMENT.items()}
    maker = officers.names_of([str(carried.request.maker_id)]) if carried is not None else {}
    context = row_of(one) | {
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "left_fen": ledger.balance_fen(one.pool, one.ref),
        "account_id": listing.id_of(one.pool, one.ref),
        "request_id": carried.request_id if carried is not None else None,
        "carried": words.of(custody_words.INSTRUCTION, carried.state) if carried else None,
        "maker": next(iter(maker.values()), ""),
        "story": explaining.moves_of(one.pk, titles),
        "may_ask": one.state == "placed" and custody.may_ask(request.seat, one.pool),
        "is_late": one.state == "placed" and one.matures_on < business_day(clock.now()),
        "here": "placements",
    }
    waits = returning.standing(one)
    context |= {"waits": waits, "may_call_off": custody.may_call_off(request.seat, waits)}
    return render(request, "console/custody/placement.html", context)


def ask_placement(
    request: OfficerRequest, /, *, pool: int, mistake: DomainError | None = None
) -> HttpResponse:
    """The form, under what must stay at banks and what may leave until the money is back."""
    room, rule = _room(request, pool)
    if room is None or rule is None:
        raise Http404
    kinds = rule.parameters["kinds"]
    routes = profiles.of_open_day(pool).rule("R5")
    context = (
        _ladder(pool, room)
        | mistakes.of(mistake)
        | {
            "accounts": _accounts(pool),
            "kinds": [(one, custody_words.PLACED_AS[one]) for one in kinds],  # type: ignore[union-attr]
            "routes": () if routes is None else routes.parameters["routes"],
            "typed": request.POST,
        }
    )
    return render(request, "console/custody/placement_ask.html", context)


@door.acting(custody.MAKERS, ask_placement)
def ask(request: OfficerRequest, pool: int) -> HttpResponse:
    """The placement and its request of an outflow; its rules, floor and ladder refuse what not."""
    _room(request, pool)
    form = request.POST
    account = {str(one.pk): one for one in _accounts(pool)}.get(form.get("account", ""))
    if account is None:
        raise PlacementMalformed(field="account")
    payee = {
        name: form.get(name, "").strip()
        for name in ("payee_no", "payee_name", "payee_bank_code", "payee_bank_name")
    }
    made = asking.ask(
        pool=pool,
        account=account,
        kind=form.get("kind", ""),
        institution=form.get("institution", ""),
        contract_no=form.get("contract_no", "").strip(),
        payee=Payee(
            account_no=payee["payee_no"],
            name=payee["payee_name"],
            bank_code=payee["payee_bank_code"],
            bank_name=payee["payee_bank_name"],
        ),
        principal_fen=fen_of(form.get("amount", "")),
        rate_bp=_rate_bp(form.get("rate", "")),
        matures_on=_day(form.get("matures_on", "")),
        because=form.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
        route=form.get("route", ""),
    )
    return HttpResponseRedirect(reverse("console:custody-placement", args=[made.pk]))


def row_of(one: Placement) -> dict[str, Any]:
    """One placement as its pages show it."""
    return {
        "one": one,
        "kind": custody_words.PLACED_AS.get(one.kind, one.kind),
        "state": words.of(custody_words.PLACEMENT, one.state),
        "rate": f"{one.rate_bp // 100}.{one.rate_bp % 100:02d} %",
    }


def _room(request: HttpRequest, pool: int) -> tuple[Room | None, Rule | None]:
    custody.require(request.seat, pool)  # type: ignore[attr-defined]
    try:
        profile = profiles.of_open_day(pool)
    except PoolNotOpen:
        raise Http404 from None
    return ladder.room(pool, profile), profile.rule("R11")


def _ladder(pool: int, room: Room | None) -> dict[str, Any]:
    """The chart and its figures; nothing where the pool's rules place nothing."""
    rungs = ladder.ladder(pool, business_day(clock.now())) if room is not None else []
    liquid = room.liquid_fen if room is not None else 0
    worst = min(rungs, key=lambda one: one.left_fen, default=None)
    drawn = drawing.ladder(
        [liquid + one.back_fen for one in rungs],
        [one.expected_out_fen for one in rungs],
        floor=room.floor_fen if room is not None else 0,
        told=_said(rungs, worst),
    )
    return {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "room": room,
        "ladder": drawn,
        "worst": worst,
        "rungs": [
            rung
            for at, rung in enumerate(rungs)
            if at == 0
            or (at + 1) % _SHOWN_EACH == 0
            or rung.back_fen != rungs[at - 1].back_fen
            or rung is worst
        ],
        "here": "placements",
    }


def _said(rungs: list[Rung], worst: Rung | None) -> str:
    if worst is None:
        return ""
    return _("%(days)s 天内最紧的一天是 %(day)s，付出之后还剩 %(left)s") % {
        "days": len(rungs),
        "day": worst.day.isoformat(),
        "left": money(worst.left_fen),
    }


def _accounts(pool: int) -> list[Any]:
    return [one for one in queries.accounts([pool]) if one.use == "reserve" and not one.closed_on]


def _rate_bp(text: str) -> int:
    """`1.50` per cent in hundredths of one."""
    found = _RATE.fullmatch(text.strip().removesuffix("%").strip())
    if found is None:
        raise PlacementMalformed(field="rate_bp")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlacementMalformed(field="matures_on") from None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
