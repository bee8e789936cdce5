"""The steps of a replacement or a redemption, as its holder is told them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.card_service.departing import MIGRATION, TO_A_NEW_CARD
from gateway.card_service.models import Departure
from gateway.web.parts import Step

Words = str | Promise

_ORDER = {"asked": 0, "waiting": 1, "moved": 2, "proposed": 2, "paying": 3, "settled": 4}
_NEXT_DAY: Words = _("每一步有变化，这里马上看得到。")


def of(departure: Departure) -> list[Step]:
    """Four steps, the present one with what to do."""
    at = _ORDER.get(departure.state, 0)
    titles = _titles(departure)
    told = {
        0: _asked(departure),
        1: _waiting(departure),
        2: _moved(departure),
        3: _paying(departure),
    }
    moments = {0: departure.asked_at, 1: departure.moved_at}
    return [
        Step(
            state="done" if number < at else "now" if number == at else "later",
            title=title,
            at=moments.get(number) if number < at else None,
            told=told[number] if number == at else "",
            promise=_NEXT_DAY if number == at else "",
        )
        for number, title in enumerate(titles)
    ]


def _titles(departure: Departure) -> list[Words]:
    first: Words = _("已申请") if departure.why == "lost" else _("交回旧卡")
    if departure.kind == MIGRATION:
        first = _("旧手机上贴一次旧卡")
    if departure.kind in TO_A_NEW_CARD:
        return [first, _("等离线乘车记录到齐"), _("余额转到新卡名下，贴卡写入")]
    return [first, _("等离线乘车记录到齐"), _("两位财务人员复核"), _("退到付款人或本人账户")]


def _asked(departure: Departure) -> Words:
    if departure.kind == MIGRATION:
        return _("在旧手机的应用里打开这次迁移，按提示出示旧卡；没读完就再来一次，钱不会动。")
    return _("请带上旧卡和身份证，到服务网点交回旧卡。") if departure.why != "lost" else ""


def _waiting(departure: Departure) -> Words:
    if departure.why == "lost":
        return _("不用做什么。找到卡了，先撤回再找回。")
    return _("不用做什么。旧卡已经不能用。")


def _moved(departure: Departure) -> Words:
    if departure.kind in TO_A_NEW_CARD:
        return _("把新卡贴到手机或自助终端，余额就写到新卡上。")
    return _("不用做什么，正在安排退款。")


def _paying(departure: Departure) -> Words:
    return _("不用做什么，钱正在路上，先退回原来的付款方式。")
