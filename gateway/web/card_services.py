"""卡片服务: what can be done for one card, and how far a replacement or redemption has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import cards, clock, real_names
from accounts.errors import DomainError
from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.card_service import departing, losing, migrating, queries
from gateway.card_service.errors import LossNotFound
from gateway.deposits import queries as deposits
from gateway.web import door, service_steps
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of
from nfc_topup import queries as loads

_WHYS = ("lost", "unreadable", "expired")


@door.citizen
@require_safe
def services(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Everything that can be done for this card now."""
    return _services(request, card_id)


@door.citizen
@require_safe
def name(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """How a card is put in one's name: it is shown to the app, which holds the talk with it."""
    card = cards.get(request.person, card_id)
    is_known = real_names.tier_of(request.person) is real_names.Tier.REAL_NAME
    return render(request, "web/services/name.html", {"card": card, "is_known": is_known})


@door.citizen
@require_POST
def lose(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Reports it lost; the page then tells from when that counts."""
    now, card = clock.now(), cards.get(request.person, card_id)
    try:
        losing.report(
            cause=new_id(now),
            person=request.person,
            card=card,
            actor=door.actor_of(request),
            now=now,
        )
    except DomainError as refused:
        return _services(request, card_id, refused)
    return HttpResponseRedirect(reverse("web:card-services", args=[card_id]))


@door.citizen
@require_POST
def find(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """The card is found."""
    card = cards.get(request.person, card_id)
    try:
        losing.lift(person=request.person, card=card, actor=door.actor_of(request), now=clock.now())
    except LossNotFound:  # pressed twice: it is found
        pass
    except DomainError as refused:
        return _services(request, card_id, refused)
    return HttpResponseRedirect(reverse("web:card-services", args=[card_id]))


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Which of one's cards takes over the balance."""
    now, card = clock.now(), cards.get(request.person, card_id)
    others = [one for one in cards.of(request.person) if _may_take_over(one, card)]
    said = {"new_card": request.POST.get("new_card", ""), "why": _why(request, card)}
    refused = None
    if request.method == "POST":
        chosen = [one for one in others if str(one.pk) == said["new_card"]]
        try:
            made = departing.replace(
                cause=new_id(now),
                person=request.person,
                card=card,
                new_card=chosen[0] if chosen else card,
                why=said["why"],
                actor=door.actor_of(request),
                now=now,
            )
            return HttpResponseRedirect(reverse("web:departure", args=[made.pk]))
        except DomainError as error:
            refused = error
    context = said | {"card": card, "others": others, "terms": _terms(card, now)}
    return _page(request, "web/services/replace.html", context, refused)


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def migrate(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Which card of the new phone takes over; the app then holds the talk with the old one."""
    now, card = clock.now(), cards.get(request.person, card_id)
    others = [one for one in cards.of(request.person) if _may_take_over(one, card)]
    said = {"new_card": request.POST.get("new_card", "")}
    refused = None
    if request.method == "POST":
        chosen = [one for one in others if str(one.pk) == said["new_card"]]
        try:
            made, _talk = migrating.begin(
                cause=new_id(now),
                person=request.person,
                card=card,
                new_card=chosen[0] if chosen else card,
                actor=door.actor_of(request),
                now=now,
            )
            return HttpResponseRedirect(reverse("web:departure", args=[made.pk]))
        except DomainError as error:
            refused = error
    is_known = real_names.tier_of(request.person) is real_names.Tier.REAL_NAME
    told = {"card": card, "others": others, "terms": _terms(card, now), "is_known": is_known}
    return _page(request, "web/services/migrate.html", said | told, refused)


@door.confirmed
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def redeem(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Takes the wish to have the balance back, and an account for what no channel can give back."""
    now, card = clock.now(), cards.get(request.person, card_id)
    said = {name: request.POST.get(name, "") for name in ("account_no", "name", "bank_name")}
    refused = None
    if request.method == "POST":
        payee = departing.SameName(**said) if said["account_no"] or said["name"] else None
        try:
            made = departing.redeem(
                cause=new_id(now),
                person=request.person,
                card=card,
                why="lost" if card.state == "lost" else "given_up",
                payee=payee,
                actor=door.actor_of(request),
                now=now,
            )
            return HttpResponseRedirect(reverse("web:departure", args=[made.pk]))
        except DomainError as error:
            refused = error
    context = said | {"card": card, "terms": _terms(card, now)}
    return _page(request, "web/services/redeem.html", context, refused)


@door.citizen
@require_safe
def departure(request: CitizenRequest, departure_id: UUID) -> HttpResponse:
    """How far a replacement or redemption has come."""
    return _departure(request, departure_id)


@door.citizen
@require_POST
def withdraw(request: CitizenRequest, departure_id: UUID) -> HttpResponse:
    """Takes it back."""
    queries.departure(departure_id, person=request.person)
    try:
        departing.withdraw(
            departure_id, person=request.person, actor=door.actor_of(request), now=clock.now()
        )
    except DomainError as refused:
        return _departure(request, departure_id, refused)
    return HttpResponseRedirect(reverse("web:departure", args=[departure_id]))


def _services(
    request: CitizenRequest, card_id: UUID, refused: DomainError | None = None
) -> HttpResponse:
    card = cards.get(request.person, card_id)
    seen = loads.last_sighting(card)
    context = {
        "card": card,
        "balance_fen": seen.balance_fen if seen else None,
        "seen_at": seen.seen_at if seen else None,
        "loss": queries.latest_loss(card),
        "leaving": queries.leaving(card),
        "is_known": real_names.tier_of(request.person) is real_names.Tier.REAL_NAME,
        "terms": _terms(card, clock.now()),
        "takes_deposit": deposits.terms_of(card.operator).amount_fen > 0,
    }
    return _page(request, "web/services/services.html", context, refused)


def _departure(
    request: CitizenRequest, departure_id: UUID, refused: DomainError | None = None
) -> HttpResponse:
    found = queries.departure(departure_id, person=request.person)
    may_withdraw = found.state == "asked" or (found.state, found.why) == ("waiting", "lost")
    context = {
        "departure": found,
        "rows": service_steps.of(found),
        "may_withdraw": may_withdraw,
        "claims": [one for one in found.parts.all() if one.way == "claim"],
    }
    return _page(request, "web/services/departure.html", context, refused)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], refused: DomainError | None
) -> HttpResponse:
    status = 200 if refused is None else status_of(refused)
    return render(request, template, context | {"mistake": refused}, status=status)


def _why(request: HttpRequest, card: TransitCard) -> str:
    said = request.POST.get("why", "")
    return said if said in _WHYS else ("lost" if card.state == "lost" else "unreadable")


def _may_take_over(one: TransitCard, card: TransitCard) -> bool:
    same = one.operator.pool == card.operator.pool and one.pk != card.pk
    return same and one.state == "in_use" and (one.named or not card.named)


def _terms(card: TransitCard, now: datetime) -> Any:
    return queries.terms_of(card.operator.pool, now)
