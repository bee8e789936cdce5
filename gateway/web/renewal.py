"""延期: an expired card goes on, and its balance with it; nothing is ever forfeited (R20)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import cards, clock
from accounts.errors import DomainError
from gateway.card_service import listing, queries, renewing
from gateway.web import door
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of
from nfc_topup import queries as loads


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Says what it means and until when the card is good; pressed, it is good again."""
    card = cards.get(request.person, card_id)
    refused = None
    if request.method == "POST":
        try:
            renewing.renew(
                person=request.person, card=card, actor=door.actor_of(request), now=clock.now()
            )
            return HttpResponseRedirect(reverse("web:card-renew", args=[card_id]))
        except DomainError as error:
            refused = error
    seen = loads.last_sighting(card)
    context = {
        "card": card,
        "balance_fen": seen.balance_fen if seen else None,
        "seen_at": seen.seen_at if seen else None,
        "renewed": listing.renewal_of(card.asn),
        "leaving": queries.leaving(card),
        "mistake": refused,
    }
    status = 200 if refused is None else status_of(refused)
    return render(request, "web/services/renew.html", context, status=status)
