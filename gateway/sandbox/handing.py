"""The sandbox's buttons on citizens' pages: pay with a wallet of straw, tap a card of straw."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import secrets
from accounts.errors import DomainError, SandboxOnly
from gateway.deposits.errors import DepositStands
from gateway.sandbox import phone_in_hand
from gateway.sandbox.phone_in_hand import Hand
from gateway.web import door
from gateway.web.door import CitizenRequest


@door.citizen
@require_POST
def pay(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """Pays one's own top-up with the sandbox's wallet of the channel that was pressed."""
    hand = _hand(request)
    try:
        phone_in_hand.pay(topup_id, request.POST.get("channel", "")[:20], hand)
    except DomainError as refused:
        return _tracker(topup_id, refused)
    return HttpResponseRedirect(reverse("web:pay", args=[topup_id]))


@door.citizen
@require_POST
def pay_deposit(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Pays the deposit of one's own card likewise; the page tells of one that stands already."""
    hand = _hand(request)
    with suppress(DepositStands):
        phone_in_hand.pay_deposit(card_id, request.POST.get("channel", "")[:20], hand)
    return HttpResponseRedirect(reverse("web:card-deposit", args=[card_id]))


@door.citizen
@require_POST
def tap(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """Holds the top-up's own card to the phone, whole or torn away as the button says."""
    hand = _hand(request)
    try:
        phone_in_hand.tap(topup_id, hand, tear=request.POST.get("tear", ""))
    except DomainError as refused:
        return _tracker(topup_id, refused)
    return _tracker(topup_id)


def _hand(request: CitizenRequest) -> Hand:
    """SandboxOnly, should this module ever be reached anywhere else."""
    if not secrets.in_sandbox():
        raise SandboxOnly
    return Hand(person=request.person, actor=door.actor_of(request))


def _tracker(topup_id: UUID, refused: DomainError | None = None) -> HttpResponse:
    if refused is not None and refused.code == "topup_not_found":
        raise refused
    told = f"?mistake={refused.code}" if refused is not None else ""
    return HttpResponseRedirect(reverse("web:tracker", args=[topup_id]) + told)
