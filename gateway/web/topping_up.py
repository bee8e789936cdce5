"""充值: choose a card and a sum, know the limits first, pay on this device or by a scan."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.clock import business_day
from accounts.errors import DomainError
from accounts.models import TransitCard
from gateway.idempotency import services as once
from gateway.idempotency.services import Stored
from gateway.payments import paying
from gateway.topup import drawing, known, limits, ordering, queries, scanning
from gateway.topup.models import TopUp
from gateway.web import card_pages, door, sums, tellings, whereabouts
from gateway.web.browsers import is_phone
from gateway.web.door import CitizenRequest
from gateway.web.errors import AmountNotUnderstood, CardNotChosen
from gateway.web.refusals import status_of
from nfc_topup import loading
from reserve_funds.custody.rules import pools

CHIPS = (1_000, 2_000, 5_000, 10_000, 20_000)
USUAL = 5_000
ROUTE = "POST web:topup"
LONGEST_KEY = 64
NOT_PLACED = UUID(int=0)


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def topup(request: CitizenRequest) -> HttpResponse:
    """The form, with what the chosen card's limits leave; a POST places the top-up once.

    The form carries a key: sent twice with the same content it is one top-up, and sent again with
    another content, after going back, it is another one.
    """
    now = clock.now()
    held = [one for one in card_pages.held_by(request) if one.card.state == "in_use"]
    said = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(held, said.get("card", ""))
    mistake: DomainError | None = None
    if request.method == "POST":
        try:
            placed = _place(request, chosen, now)
            return HttpResponseRedirect(reverse("web:pay", args=[placed]))
        except DomainError as refused:
            mistake = refused
    return _form(request, held, chosen, mistake, now)


@door.citizen
@require_safe
def pay(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """The code to scan and the ways to pay here; once nothing is left to pay it leads on."""
    now = clock.now()
    mine = queries.get(topup_id, person=request.person)
    if not scanning.is_open(mine, now):
        return HttpResponseRedirect(reverse("web:tracker", args=[mine.pk]))
    token = scanning.token_of(mine)
    no_credit = paying.keeps_credit_out(pools.profile_of(mine.pool, business_day(now)))
    found = scanning.channels_in(mine.pool, no_credit=no_credit)
    ways = [(one, tellings.channel_name(one)) for one in found]
    at = whereabouts.of(mine, now)
    context = {
        "topup": mine,
        "card": whereabouts.card_of(mine),
        "ways": ways,
        "names": _("、").join(name for _channel, name in ways),
        "scan_address": reverse("scan", kwargs={"token": token}),
        "until": scanning.over_at(mine),
        "at": at,
        "on_phone": is_phone(request.headers.get("User-Agent", "")),
        "rehearsal": sandbox_address("sandbox:pay", mine),
    }
    return render(request, "web/pay.html", context)


@door.citizen
@require_safe
def code(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """The code for every wallet as a picture; NothingToScan (404) once it serves no more."""
    mine = queries.get(topup_id, person=request.person)
    carried = []
    if scanning.is_open(mine, clock.now()):
        path = reverse("scan", kwargs={"token": scanning.token_of(mine)})
        carried = [request.build_absolute_uri(path)]
    return HttpResponse(drawing.qr(carried), content_type="image/svg+xml")


@door.citizen
@require_safe
def state(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """What the little script asks: whether the page would tell something else by now."""
    at = whereabouts.of(queries.get(topup_id, person=request.person), clock.now())
    return JsonResponse({"version": at.version})


def sandbox_address(name: str, mine: TopUp) -> str:
    """Where the sandbox plays a payer or a card for this top-up; empty in production."""
    try:
        return reverse(name, kwargs={"topup_id": mine.pk})
    except NoReverseMatch:
        return ""


def _chosen(held: list[card_pages.Held], said: str) -> TransitCard | None:
    """The card that was named, else the only one, else the first."""
    named = next((one.card for one in held if str(one.card.pk) == said), None)
    if named is None and not said and held:
        return held[0].card
    return named


def _place(request: CitizenRequest, chosen: TransitCard | None, now: datetime) -> UUID:
    """The id of the top-up this form makes, made once. StillRunning while it is being made."""
    if chosen is None:
        raise CardNotChosen
    amount_fen = _amount(request)
    content = f"{chosen.pk} {amount_fen}"
    said = request.POST.get("once", "")[:LONGEST_KEY]
    claimed = once.claim(
        principal=f"person:{request.person.pk}",
        route=ROUTE,
        key=sha256(f"{said} {content}".encode()).hexdigest(),
        print_=sha256(content.encode()).digest(),
        now=now,
    )
    if isinstance(claimed, Stored):
        return UUID(bytes=claimed.body)
    placed = None
    try:
        placed = ordering.place_by_code(
            cause=claimed.cause, person=request.person, card=chosen, amount_fen=amount_fen, now=now
        )
        once.store(claimed, status=201, content_type="uuid", body=placed.pk.bytes)
        return placed.pk
    finally:
        if placed is None:
            once.free(claimed, now=clock.now())


def _amount(request: CitizenRequest) -> int:
    """What was typed wins over the chip that was chosen before."""
    typed = request.POST.get("other", "").strip()
    if typed:
        return sums.fen_of(typed)
    chip = request.POST.get("amount", "")
    if not chip.isascii() or not chip.isdigit() or len(chip) > 9:
        raise AmountNotUnderstood
    return int(chip)


def _form(
    request: CitizenRequest,
    held: list[card_pages.Held],
    chosen: TransitCard | None,
    mistake: DomainError | None,
    now: datetime,
) -> HttpResponse:
    context: dict[str, Any] = {"held": held, "chosen": chosen, "once": uuid4()}
    if chosen is not None:
        seen = known.look(
            NOT_PLACED, chosen, person=request.person, channel="", payer_openid="", now=now
        )
        may = limits.allowance(chosen, seen, load_cap_fen=loading.load_cap_fen(chosen))
        chips = [fen for fen in CHIPS if may.least_fen <= fen <= may.most_fen]
        picked = request.POST.get("amount", "")
        usual = USUAL if USUAL in chips else next(iter(chips), None)
        context |= {
            "may": may,
            "is_full": may.most_fen < may.least_fen,
            "chips": chips,
            "picked": int(picked) if picked.isdigit() and len(picked) < 9 else usual,
            "other": request.POST.get("other", "")[:12],
            "seen": next(one.seen for one in held if one.card.pk == chosen.pk),
            "unpaid": _unpaid(request, chosen, now),
        }
    context |= {"mistake": mistake, "mistake_at": "other" if mistake else ""}
    return render(request, "web/topup.html", context, status=status_of(mistake) if mistake else 200)


def _unpaid(request: CitizenRequest, chosen: TransitCard, now: datetime) -> TopUp | None:
    """The newest top-up of this card that can still be paid: so that nobody pays twice unawares."""
    open_ = queries.of_person(request.person).filter(card=chosen, state="placed", by_code=True)
    newest = open_.first()
    return newest if newest is not None and scanning.is_open(newest, now) else None
