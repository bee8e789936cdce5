"""押金 of one's card: how much, where it is, and what brings it back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import cards, clock
from gateway.deposits import queries, taking
from gateway.deposits.models import Deposit
from gateway.web import door
from gateway.web.door import CitizenRequest
from gateway.web.parts import Step

Words = str | Promise
_ORDER: Final = {"held": 0, "due": 1, "proposed": 1, "returning": 2, "returned": 3}
_PLACED: Final[Words] = _("付款还没有到，付好了这里马上看得到。")
_TITLES: Final[tuple[Words, ...]] = (_("押金已收到"), _("卡交回，两位财务人员复核"), _("退还"))
_TOLD: Final[tuple[Words, ...]] = (
    _("不用做什么。押金和卡里的钱分开存放，不能充值，也不会被乘车扣走。"),
    _("不用做什么，正在安排退还。"),
    _("不用做什么，钱正在退回原来的付款方式或您的账户。"),
)
_PROMISE: Final[Words] = _("每一步有变化，这里马上看得到。")
WHYS: Final[dict[str, Words]] = {
    "given_up": _("退卡"),
    "unreadable": _("卡读不出，交回换卡"),
    "expired": _("卡到期，交回换卡"),
    "new_phone": _("卡搬到新手机"),
    "lost": _("挂失后补卡或退卡"),
}


@door.citizen
@require_safe
def deposit(request: CitizenRequest, card_id: UUID) -> HttpResponse:
    """The card's deposit, and for which returns its operator gives it back."""
    card = cards.get(request.person, card_id)
    found, terms = queries.of_card(card), queries.terms_of(card.operator)
    context = {
        "card": card,
        "deposit": found,
        "terms": terms,
        "whys": [WHYS[why] for why in terms.back_for],
        "rows": steps_of(found) if found is not None else [],
        "may_pay": queries.may_be_placed(card, found)
        or (found is not None and taking.may_be_paid(found, request.person, clock.now())),
    }
    return render(request, "web/deposit.html", context)


def steps_of(found: Deposit) -> list[Step]:
    """Three steps, the present one with what to do."""
    at = _ORDER.get(found.state, 0)
    moments = (found.held_at, found.due_at, found.returned_at)
    return [
        Step(
            state="done" if number < at else "now" if number == at else "later",
            title=title,
            at=moments[number] if number <= at else None,
            told=(_PLACED if found.state == "placed" else _TOLD[number]) if number == at else "",
            promise=_PROMISE if number == at else "",
        )
        for number, title in enumerate(_TITLES)
    ]
