"""交押金: choose how, then pay on this phone or by a scan; until then another may be chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import cards, clock
from accounts.clock import business_day
from accounts.errors import DomainError
from accounts.models import TransitCard
from gateway.channels.port import Product
from gateway.deposits import queries, taking
from gateway.deposits.api import DESCRIPTION
from gateway.deposits.models import Deposit
from gateway.payments import paying
from gateway.payments.errors import MerchantUnknown
from gateway.payments.models import Payment
from gateway.proxies import client_address
from gateway.topup import drawing, scanning
from gateway.web import door, handing_over, tellings
from gateway.web.browsers import is_phone
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of
from reserve_funds.custody.rules import pools


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """The ways to pay this card's deposit; a POST begins one. With nothing to pay it leads on."""
    now, card = clock.now(), cards.get(request.person, card_id)
    mistake: DomainError | None = None
    if request.method == "POST":
        try:
            _begin(request, card, now)
            return HttpResponseRedirect(reverse("web:card-deposit-pay", args=[card.pk]))
        except DomainError as refused:
            mistake = refused
    found = queries.of_card(card)
    if not (found is not None and taking.may_be_paid(found, request.person, now)):
        if mistake is None and not queries.may_be_placed(card, found):
            return HttpResponseRedirect(reverse("web:card-deposit", args=[card.pk]))
        found = None
    return _page(request, card, found, mistake, now)


@door.citizen
@require_safe
def state(request: CitizenRequest, card_id: UUID) -> JsonResponse:
    """What the little script asks: whether the payment has come by now."""
    found = queries.of_card(cards.get(request.person, card_id))
    return JsonResponse({"version": found.state if found is not None else ""})


def _begin(request: CitizenRequest, card: TransitCard, now: datetime) -> None:
    channel = request.POST.get("channel", "")[:20]
    if channel not in _channels(request, card, now):
        raise MerchantUnknown(channel=channel)
    scene = Product.H5 if _on_phone(request) else Product.NATIVE
    _deposit, payment = taking.begin(
        person=request.person,
        card=card,
        channel=channel,
        scene=scene.value,
        payer_ip=client_address(request.META, settings.TRUSTED_PROXIES),
        now=now,
    )
    back = request.build_absolute_uri(reverse("web:card-deposit", args=[card.pk]))
    paying.offer(
        payment, description=DESCRIPTION, actor=door.actor_of(request), now=now, return_url=back
    )


def _page(
    request: CitizenRequest,
    card: TransitCard,
    found: Deposit | None,
    mistake: DomainError | None,
    now: datetime,
) -> HttpResponse:
    channels = _channels(request, card, now)
    ways = [(one, tellings.channel_name(one)) for one in channels]
    begun = _begun(found, channels) if found is not None else None
    by = begun.channel if begun is not None else ""
    context: dict[str, Any] = {
        "card": card,
        "amount_fen": found.amount_fen if found else queries.terms_of(card.operator).amount_fen,
        "until": taking.over_at(found) if found is not None else None,
        "ways": ways,
        "others": [way for way in ways if way[0] != by],
        "by": by,
        "mistake": mistake,
        "version": found.state if found is not None else "",
        "rehearsal": _rehearsal(card),
    }
    form: dict[str, Any] = {}
    if begun is not None:
        offer = begun.offer or {}
        form = offer.get("form") or {}
        url = str(offer.get("h5_url") or "")
        context |= {
            "name": tellings.channel_name(by),
            "form": form,
            "link": url if handing_over.may_lead_to(url) else "",
            "code": drawing.within(str(carried)) if (carried := offer.get("code_url")) else None,
        }
    status = status_of(mistake) if mistake else 200
    answer = render(request, "web/deposit_pay.html", context, status=status)
    return handing_over.may_post_to(answer, str(form["action"])) if form else answer


def _begun(found: Deposit, channels: list[str]) -> Payment | None:
    """What was chosen last, waits to be paid and can be from here."""
    rows = queries.payments_of(found)
    offered = [one for one in rows if one.state == "offered" and one.channel in channels]
    return max(offered, key=lambda one: one.created_at, default=None)


def _channels(request: CitizenRequest, card: TransitCard, now: datetime) -> list[str]:
    """Those that can be paid by from here: WeChat's browser payment does not open inside WeChat."""
    pool = card.operator.pool
    no_credit = paying.keeps_credit_out(pools.profile_of(pool, business_day(now)))
    found = scanning.channels_in(pool, no_credit=no_credit)
    inside = scanning.wallet_of(request.headers.get("User-Agent", ""))
    return [one for one in found if not (one == inside == "wechatpay")]


def _on_phone(request: CitizenRequest) -> bool:
    return is_phone(request.headers.get("User-Agent", ""))


def _rehearsal(card: TransitCard) -> str:
    """Where the sandbox plays the payer; empty in production."""
    try:
        return reverse("sandbox:pay-deposit", kwargs={"card_id": card.pk})
    except NoReverseMatch:
        return ""
