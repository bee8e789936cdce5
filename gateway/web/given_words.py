"""单位为您充值 in words: where an employer's money is told otherwise than one's own."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from gateway.pages import words
from gateway.web.parts import Step
from gateway.web.telling_values import Telling
from gateway.web.whereabouts import Phase, Whereabouts


def telling(at: Whereabouts, now: datetime) -> Telling | None:
    """The sentence on top where an employer's money is told otherwise than one's own."""
    said = {"unit": at.giver, "money": words.money(at.topup.amount_fen)}
    if at.phase is Phase.TO_LOAD:
        sentence = _("%(unit)s 给您充了 %(money)s，还没有写到卡上。现在把卡贴一下。") % said
        more = ""
        if at.topup.return_at is not None:
            when = words.moment(at.topup.return_at, now)
            more = _("请在 %(when)s 前写卡，过后单位可能收回。") % {"when": when}
        title = _("单位为您充值，还差贴一下卡")
        return Telling(meaning="waiting", title=title, sentence=sentence, more=more)
    if at.phase is Phase.CARD_LOST:
        sentence = _("卡已挂失或停用。钱还在，请告诉单位您的新卡号。")
        return Telling(meaning="waiting", title=_("这张卡现在不能写"), sentence=sentence)
    if at.phase is Phase.GOING_BACK:
        sentence = _("%(unit)s 的这笔钱正在申请退回单位，现在不能写卡。") % said
        more = _("有疑问请问单位；没有退成的话，这里会恢复可写。")
        return Telling(meaning="waiting", title=_("正在退回单位"), sentence=sentence, more=more)
    if at.phase is Phase.RETURNED:
        sentence = _("这笔钱已退回 %(unit)s，没有写到您的卡上。") % said
        return Telling(meaning="information", title=_("已退回单位"), sentence=sentence)
    return None


def steps(at: Whereabouts, told: list[Step], now: datetime) -> list[Step]:
    """The five steps of an employer's money: it was all there before anybody was told of it."""
    paid = Step(state="done", title=_("单位已付款"), at=at.topup.paid_at, told=at.giver)
    begun = [paid, Step(state="done", title=_("已确认"), at=at.confirmed_at)]
    if at.phase is Phase.GOING_BACK:
        return [*begun, Step(state="now", title=_("正在退回单位"), promise=_("一般 3 天内有结果"))]
    if at.phase is Phase.RETURNED:
        return [*begun, Step(state="done", title=_("已退回单位"))]
    written = told[2]
    if at.phase in (Phase.TO_LOAD, Phase.CARD_BUSY, Phase.CARD_LOST) and at.topup.return_at:
        promise = _("请在 %(when)s 前写卡") % {"when": words.moment(at.topup.return_at, now)}
        written = Step(state="now", title=written.title, told=written.told, promise=promise)
    settled = Step(state="done", title=_("清算到账"), told=_("单位的款项已在备付金专户。"))
    return [*begun, written, told[3], settled]
