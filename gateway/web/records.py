"""记录: one's top-ups page by page, where the money of each is, its refund and its receipt."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock, sign_ins
from accounts.errors import DomainError
from gateway.topup import ordering, queries, scanning
from gateway.web import door, refusals, tellings, whereabouts
from gateway.web.card_pages import lines
from gateway.web.door import CitizenRequest
from gateway.web.topping_up import sandbox_address
from gateway.web.whereabouts import UNFINISHED, Phase

PAGE = 20
FILTERS: Final[dict[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "": (_("全部"), ()),
    "open": (_("没办完"), UNFINISHED),
    "done": (_("已写卡"), ("loaded",)),
    "back": (_("退款"), ("refunding", "refunded")),
    "over": (_("已取消"), ("expired",)),
}
"""What a list can be narrowed to, as it stays in the address."""

REFUNDABLE = frozenset({Phase.TO_LOAD, Phase.CARD_BUSY, Phase.CARD_LOST})
LOADABLE = frozenset({Phase.TO_LOAD, Phase.CARD_BUSY, Phase.TORN})


@door.citizen
@require_safe
def records(request: CitizenRequest) -> HttpResponse:
    """One's top-ups, newest first; a page goes on where the last one ended."""
    show = request.GET.get("show", "")
    show = show if show in FILTERS else ""
    rows = queries.of_person(request.person).select_related("card__operator")
    states = FILTERS[show][1]
    rows = rows.filter(state__in=states) if states else rows
    before = _uuid(request.GET.get("before", ""))
    card_id = _uuid(request.GET.get("card", ""))
    rows = rows.filter(id__lt=before) if before else rows
    rows = rows.filter(card_id=card_id) if card_id else rows
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "rows": lines(shown),
        "older": shown[-1].pk if len(found) > PAGE else None,
        "filters": [(name, word) for name, (word, _states) in FILTERS.items()],
        "show": show,
        "card_id": card_id,
        "before": before,
    }
    return render(request, "web/records.html", context)


@door.citizen
@require_safe
def tracker(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """钱在哪儿: five steps, promised times, what to do next."""
    mistake = refusals.by_code(request.GET.get("mistake", ""))
    return _tracker(request, topup_id, mistake)


@door.citizen
@require_safe
def receipt(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """A receipt to print or keep: only for what is paid."""
    topup = queries.get(topup_id, person=request.person)
    if topup.paid_at is None:
        return HttpResponseRedirect(reverse("web:tracker", args=[topup.pk]))
    at = whereabouts.of(topup, clock.now())
    name = tellings.channel_name(at.payment.channel) if at.payment else ""
    context = {"at": at, "topup": topup, "card": whereabouts.card_of(topup), "channel": name}
    meaning, word = tellings.SHORT[at.phase]
    return render(request, "web/receipt.html", context | {"meaning": meaning, "word": word})


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """Says what a refund does and when, then asks for it; asked twice it is one."""
    now = clock.now()
    topup = queries.get(topup_id, person=request.person)
    if request.method != "POST":
        at = whereabouts.of(topup, now)
        if at.phase not in REFUNDABLE or at.giver or at.payment is None:
            return HttpResponseRedirect(reverse("web:tracker", args=[topup.pk]))
        name = tellings.channel_name(at.payment.channel) if at.payment else ""
        context = {"topup": topup, "card": whereabouts.card_of(topup), "channel": name}
        return render(request, "web/refund.html", context)
    try:
        ordering.give_back(
            topup.pk,
            person=request.person,
            actor=sign_ins.citizen(request.person.pk),
            because="asked by the payer",
            now=now,
        )
    except DomainError as refused:
        return _tracker(request, topup_id, refused)
    return HttpResponseRedirect(reverse("web:tracker", args=[topup.pk]))


def _tracker(request: CitizenRequest, topup_id: UUID, mistake: DomainError | None) -> HttpResponse:
    now = clock.now()
    topup = queries.get(topup_id, person=request.person)
    at = whereabouts.of(topup, now)
    card = whereabouts.card_of(topup)
    context = {
        "topup": topup,
        "at": at,
        "card": card,
        "is_mine": card.holder_id == request.person.pk,
        "telling": tellings.telling(at, now),
        "steps": tellings.steps(at, now),
        "mistake": mistake,
        "may_pay": scanning.is_open(topup, now),
        "may_load": at.phase in LOADABLE,
        "may_refund": at.phase in REFUNDABLE and not at.giver and at.payment is not None,
        "is_torn": at.phase is Phase.TORN,
        "tap": sandbox_address("sandbox:tap", topup) if at.phase in LOADABLE else "",
    }
    posted = mistake is not None and request.method == "POST"
    status = refusals.status_of(mistake) if mistake is not None and posted else 200
    return render(request, "web/tracker.html", context, status=status)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
