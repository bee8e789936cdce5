"""柜面代办: a clerk finds who stands before them, has their consent, and acts for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import clock, roles
from accounts.errors import DomainError
from accounts.identifiers import new_id, refuse_future
from gateway.assisting import consenting, doing, looking, queries
from gateway.assisting.errors import ActNotAllowed
from gateway.assisting.models import AssistSession
from gateway.console import bulk_words, door, words
from gateway.console.amounts import fen_of, whole_number
from gateway.console.seats import OfficerRequest
from gateway.topup import drawing, scanning
from gateway.topup.models import TopUp

CLERKS: Final = frozenset({roles.CLERK})
REASONS: Final[dict[str, str | Promise]] = {
    "top_up": _("来充值"),
    "lost_card": _("持卡人丢了卡"),
    "where_is_it": _("问钱在哪儿"),
    "redemption": _("来退卡"),
}
STATES: Final[dict[str, words.Word]] = {
    "asked": ("waiting", _("等本人同意")),
    "open": ("settled", _("本人已同意")),
    "ended": ("information", _("已结束")),
}
TOPUP_STATES: Final[dict[str, words.Word]] = bulk_words.CLAIM | {
    "placed": ("waiting", _("待付款")),
    "expired": ("information", _("没付款，已取消")),
    "refunding": ("waiting", _("退款中")),
    "refunded": ("settled", _("已退款")),
}


def ask_who(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form: a number, and why; and the session this clerk is in."""
    now = clock.now()
    pools, mine = words.pool_names(), request.seat.pools(CLERKS)
    context = {
        "pools": [(number, name) for number, name in sorted(pools.items())
                  if number and (mine is None or number in mine)],
        "reasons": list(REASONS.items()),
        "typed": request.POST,
        "living": queries.living(request.seat.person, now),
        "mistake": mistake,
        "here": "assist",
    }  # fmt: skip
    return render(request, "console/assist/find.html", context)


@door.acting(CLERKS, ask_who)
def find(request: OfficerRequest) -> HttpResponse:
    """The look-up, kept whatever it finds; what is found waits for consent."""
    made = looking.find(
        request.POST.get("number", ""),
        reason=request.POST.get("why", ""),
        pool=whole_number(request.POST.get("pool", "")),
        clerk=request.seat.person,
        now=clock.now(),
    )
    return _to(made)


def show_session(
    request: OfficerRequest,
    /,
    *,
    session_id: UUID,
    mistake: DomainError | None = None,
    orders: Sequence[TopUp] | None = None,
) -> HttpResponse:
    """Who it is, masked; consent first, then the few things a counter may do."""
    now = clock.now()
    one = queries.mine(session_id, request.seat.person)
    is_living = one.state != "ended" and now < one.ends_at
    context = {
        "one": one,
        "is_living": is_living,
        "state": words.of(STATES, one.state if is_living else "ended"),
        "shown": queries.shown(one) if is_living else None,
        "reason": REASONS.get(one.reason, one.reason),
        "cause": new_id(now),
        "acts": [{"one": act, "word": words.act(act.act)} for act in one.acts.order_by("done_at")],
        "codes": _codes(request, one) if is_living else [],
        "orders": None if orders is None else [
            {"one": each, "state": words.of(TOPUP_STATES, each.state)} for each in orders
        ],
        "typed": request.POST,
        "chosen": request.POST.get("card", request.GET.get("card", "")),
        "mistake": mistake,
        "here": "assist",
    }  # fmt: skip
    return render(request, "console/assist/session.html", context)


@door.acting(CLERKS, show_session)
def session(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    """One step: consent, an act for the citizen, or leaving."""
    step = _STEPS.get(request.POST.get("act", ""))
    if step is None:
        raise ActNotAllowed
    return step(request, session_id)


def _send(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    consenting.send(
        session_id, clerk=request.seat.person, address=_address(request), now=clock.now()
    )
    return _back(session_id)


def _by_code(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    said = request.POST.get("consent", "")
    consenting.by_code(
        session_id, said, clerk=request.seat.person, address=_address(request), now=clock.now()
    )
    return _back(session_id)


def _by_card(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    consenting.by_card(session_id, clerk=request.seat.person, now=clock.now())
    return _back(session_id)


def _top_up(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    doing.top_up(session_id, amount_fen=fen_of(request.POST.get("amount", "")), **_said(request))
    return _back(session_id, card=request.POST.get("card", ""))


def _lose(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    doing.report_lost(session_id, **_said(request))
    return _back(session_id, card=request.POST.get("card", ""))


def _redeem(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    doing.ask_redemption(session_id, **_said(request))
    return _back(session_id, card=request.POST.get("card", ""))


def _track(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    orders = doing.track(session_id, clerk=request.seat.person, now=clock.now())
    return show_session(request, session_id=session_id, orders=orders)


def _leave(request: OfficerRequest, session_id: UUID) -> HttpResponse:
    consenting.leave(session_id, clerk=request.seat.person, now=clock.now())
    return HttpResponseRedirect(reverse("console:assist"))


_STEPS: Final[dict[str, Callable[[OfficerRequest, UUID], HttpResponse]]] = {
    "send": _send, "consent": _by_code, "card": _by_card, "top_up": _top_up, "lose": _lose,
    "redeem": _redeem, "track": _track, "leave": _leave,
}  # fmt: skip


def _said(request: OfficerRequest) -> dict[str, Any]:
    """What every act needs. ActNotAllowed for numbers that are none."""
    now = clock.now()
    try:
        cause = UUID(request.POST.get("cause", ""))
        card_id = UUID(request.POST.get("card", ""))
    except ValueError:
        raise ActNotAllowed from None
    refuse_future(cause, now)
    return {"cause": cause, "card_id": card_id, "clerk": request.seat.person, "now": now}


def _codes(request: OfficerRequest, one: AssistSession) -> list[dict[str, Any]]:
    """The codes that the citizen scans to pay, while they can be paid."""
    ids = one.acts.filter(act="assisted_top_up").values("subject_id")
    waiting = TopUp.objects.filter(pk__in=ids, state="placed").select_related("card")
    return [
        {
            "one": topup,
            "drawn": _drawn(request.build_absolute_uri(
                reverse("scan", args=[scanning.token_of(topup)])
            )),
        }
        for topup in waiting
        if scanning.is_open(topup, clock.now())
    ]  # fmt: skip


def _drawn(address: str) -> SafeString:
    return SafeString(drawing.qr([address]).decode().partition("?>")[2])


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _to(one: AssistSession) -> HttpResponse:
    return _back(one.pk)


def _back(session_id: UUID, *, card: str = "") -> HttpResponse:
    """The session again, on the card that was just served."""
    chosen = f"?{urlencode({'card': card})}" if card else ""
    return HttpResponseRedirect(reverse("console:assist-session", args=[session_id]) + chosen)
