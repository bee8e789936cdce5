"""首页 and the cards: balance last seen, what is unfinished on top, a card added or let go."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import cards, clock
from accounts.errors import DomainError
from accounts.models import TransitCard
from gateway.bulk import queries as bulk
from gateway.topup import queries
from gateway.topup.models import TopUp
from gateway.web import door, navigation, tellings
from gateway.web.door import CitizenRequest
from gateway.web.errors import CardBusy
from gateway.web.refusals import status_of
from gateway.web.whereabouts import UNFINISHED
from nfc_topup import queries as loads
from nfc_topup.models import Sighting

MOST_ON_TOP = 3
MOST_LOOKED_AT = 20
HANDS_FIRST = ("in_doubt", "loading", "paid", "placed", "refunding")
"""What waits for the citizen's own hand, the most pressing first, before what moves by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A card and what it last proved to hold."""

    card: TransitCard
    seen: Sighting | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A top-up as one line of a list."""

    topup: TopUp
    meaning: str
    word: str


def held_by(request: CitizenRequest) -> list[Held]:
    """This person's cards with their balances last seen, in two queries."""
    found = cards.of(request.person)
    seen = loads.last_sightings(found) if found else {}
    return [Held(card=card, seen=seen.get(card.asn)) for card in found]


def lines(topups: list[TopUp]) -> list[Line]:
    """Each with its chip."""
    rows = []
    for topup in topups:
        meaning, word = tellings.chip_of(topup.state)
        rows.append(Line(topup=topup, meaning=meaning, word=word))
    return rows


@door.citizen
@require_safe
def home(request: CitizenRequest) -> HttpResponse:
    """The unfinished thing on top, then the cards; with none it says how to begin."""
    waiting = queries.of_person(request.person).filter(state__in=UNFINISHED)
    newest = sorted(waiting[:MOST_LOOKED_AT], key=lambda one: HANDS_FIRST.index(one.state))
    rows = lines(newest)
    context = {
        "held": held_by(request),
        "waiting": rows[:MOST_ON_TOP],
        "given": bulk.waiting_for(request.person),
        "more_waiting": len(rows) > MOST_ON_TOP,
    }
    return render(request, "web/home.html", context)


@door.citizen
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def add_card(request: CitizenRequest) -> HttpResponse:
    """Takes the 19 digits printed on a card; who issued it is recognised."""
    if request.method != "POST":
        return render(request, "web/card_add.html", {"number": ""})
    number = request.POST.get("card_no", "")
    try:
        card = cards.add(request.person, number, clock.now())
    except DomainError as refused:
        context = {"number": number[:40], "mistake": refused, "mistake_at": "card_no"}
        return render(request, "web/card_add.html", context, status=status_of(refused))
    return HttpResponseRedirect(f"{reverse('web:card', args=[card.pk])}?added=1")


@door.citizen
@require_safe
def card(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """One card: what it holds, what can be done with it."""
    found = cards.get(request.person, card_id)
    context = {
        "card": found,
        "seen": loads.last_sighting(found),
        "added": "added" in request.GET,
        "services": navigation.services_of(found.pk),
    }
    return render(request, "web/card.html", context)


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def remove_card(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """Says what removing means, then lets the card go; not while money or a loss waits for it."""
    found = cards.get(request.person, card_id)
    busy = _is_busy(request, found)
    if request.method == "POST" and not busy:
        cards.let_go(request.person, found.pk)
        return HttpResponseRedirect(f"{reverse('web:home')}?removed=1")
    refused = CardBusy(card_id=found.pk) if busy else None
    context = {"card": found, "mistake": refused}
    status = status_of(refused) if refused and request.method == "POST" else 200
    return render(request, "web/card_remove.html", context, status=status)


def _is_busy(request: CitizenRequest, found: TransitCard) -> bool:
    mine = queries.of_person(request.person).filter(card=found, state__in=UNFINISHED)
    return found.state == "lost" or mine.exists() or loads.unresolved_load_of(found) is not None
