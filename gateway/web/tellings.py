"""钱在哪儿 in words: the five steps, what happened, and the one sentence what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.pages import words
from gateway.web import given_words
from gateway.web.parts import Step
from gateway.web.telling_values import Telling
from gateway.web.whereabouts import Phase, Whereabouts

CHANNELS: Final[dict[str, str | Promise]] = {
    "wechatpay": gettext_lazy("微信支付"),
    "alipay": gettext_lazy("支付宝"),
    "unionpay": gettext_lazy("云闪付"),
}
"""What people call a channel; any other is a partner bank."""

SHORT: Final[dict[Phase, tuple[str, str | Promise]]] = {
    Phase.TO_PAY: ("waiting", gettext_lazy("等付款")),
    Phase.ASKING: ("waiting", gettext_lazy("核对付款中")),
    Phase.CONTESTED: ("waiting", gettext_lazy("核对付款中")),
    Phase.TO_LOAD: ("waiting", gettext_lazy("已付款，没写卡")),
    Phase.CARD_BUSY: ("waiting", gettext_lazy("已付款，没写卡")),
    Phase.CARD_LOST: ("waiting", gettext_lazy("已付款，没写卡")),
    Phase.TORN: ("waiting", gettext_lazy("没写完，再贴一次")),
    Phase.LOADED: ("settled", gettext_lazy("已写到卡上")),
    Phase.OVER: ("information", gettext_lazy("没付款，已取消")),
    Phase.LATE_MONEY: ("waiting", gettext_lazy("退款中")),
    Phase.GOING_BACK: ("waiting", gettext_lazy("退款中")),
    Phase.STUCK: ("waiting", gettext_lazy("退款中")),
    Phase.RETURNED: ("settled", gettext_lazy("已退款")),
}
"""A phase as a chip: colour and word."""

STATES: Final[dict[str, Phase]] = {
    "placed": Phase.TO_PAY, "paid": Phase.TO_LOAD, "loading": Phase.TORN, "in_doubt": Phase.TORN,
    "loaded": Phase.LOADED, "expired": Phase.OVER, "refunding": Phase.GOING_BACK,
    "refunded": Phase.RETURNED,
}  # fmt: skip
"""What a list tells of a top-up by its state alone."""


def channel_name(channel: str) -> str:
    """What people call where they paid."""
    return str(CHANNELS.get(channel) or _("合作银行"))


def chip_of(state: str) -> tuple[str, str]:
    """Colour and word of a top-up in a list."""
    meaning, word = SHORT[STATES[state]]
    return meaning, str(word)


def telling(at: Whereabouts, now: datetime) -> Telling:
    """The sentence on top of the tracker."""
    if at.giver and (said := given_words.telling(at, now)) is not None:
        return said
    return _PAID.get(at.phase, _unpaid)(at, now)


def steps(at: Whereabouts, now: datetime) -> list[Step]:
    """The five steps: paid, confirmed, written to the card, counted in the reserve, settled.

    For money that goes back the last three are its way back.
    """
    if at.phase is Phase.OVER:
        return [Step(state="wrong", title=_("没有付款"), told=_("付款码已经失效，没有扣您的钱。"))]
    begun = [_paid(at, now), _confirmed(at)]
    if at.giver:
        whole = [*begun, _written(at, now), _counted(at), _settled(at)]
        return given_words.steps(at, whole, now)
    back = (Phase.LATE_MONEY, Phase.GOING_BACK, Phase.STUCK, Phase.RETURNED)
    if at.phase in back:
        return begun + _way_back(at)
    return [*begun, _written(at, now), _counted(at), _settled(at)]


def _paid(at: Whereabouts, now: datetime) -> Step:
    title = _("已付款")
    payment = at.payment
    if at.phase is Phase.TO_PAY:
        until = {"when": words.moment(at.pay_until, now)}
        return Step(state="now", title=_("付款"), promise=_("付款码用到 %(when)s") % until)
    if at.phase in (Phase.ASKING, Phase.CONTESTED) or payment is None:
        return Step(state="now", title=_("付款"), told=_("正在和支付机构核对。"))
    told = channel_name(payment.channel)
    return Step(state="done", title=title, at=payment.paid_at or at.topup.paid_at, told=told)


def _confirmed(at: Whereabouts) -> Step:
    title = _("已确认")
    if at.phase is Phase.CONTESTED:
        return Step(state="now", title=_("确认"), promise=_("一般 1 个工作日内有结果"))
    if at.phase in (Phase.TO_PAY, Phase.ASKING):
        return Step(state="later", title=_("确认"), promise=_("一般几秒钟，最迟 30 分钟"))
    when = at.confirmed_at or (at.payment.paid_at if at.payment else None)
    return Step(state="done", title=title, at=when)


def _written(at: Whereabouts, now: datetime) -> Step:
    title = _("写到卡上")
    if at.phase is Phase.LOADED:
        return Step(state="done", title=_("已写到卡上"), at=at.topup.loaded_at)
    if at.phase is Phase.TORN:
        told = _("再贴一次同一张卡，马上就清楚；钱没有丢。")
        return Step(state="now", title=title, told=told)
    if at.phase in (Phase.TO_LOAD, Phase.CARD_BUSY, Phase.CARD_LOST):
        until = at.topup.return_at
        promise = ""
        if until is not None:
            promise = _("到 %(when)s 还没写卡，会自动退回") % {"when": words.moment(until, now)}
        return Step(state="now", title=title, told=_("把卡贴一下就写好。"), promise=promise)
    promise = _("付款以后 %(n)s 天内随时可以贴卡") % {"n": settings.UNLOADED_RETURN_DAYS}
    return Step(state="later", title=title, promise=promise)


def _counted(at: Whereabouts) -> Step:
    title = _("计入备付金")
    if at.phase is not Phase.LOADED:
        return Step(state="later", title=title)
    if at.is_sealed:
        told = _("在 %(day)s 的备付金账里，已经结账。") % {"day": at.counted_on}
        return Step(state="done", title=title, told=told)
    told = _("已记到备付金账上，等当天结账。")
    return Step(state="now", title=title, told=told, promise=_("一般最迟明天 10:00"))


def _settled(at: Whereabouts) -> Step:
    title = _("清算到账")
    if at.phase is not Phase.LOADED:
        return Step(state="later", title=title)
    if at.is_settled:
        return Step(state="done", title=title, told=_("支付机构已把钱划到备付金专户。"))
    promise = _("支付机构一般下一个工作日划到备付金专户")
    return Step(state="later", title=title, promise=promise)


def _way_back(at: Whereabouts) -> list[Step]:
    refund, name = at.refund, channel_name(at.payment.channel) if at.payment else ""
    asked = Step(
        state="done", title=_("开始退款"), at=refund.created_at if refund else None,
        told=_("没有写到卡上，按原路退。"),
    )  # fmt: skip
    if at.phase is Phase.RETURNED:
        done = Step(state="done", title=_("支付机构已退"), at=refund.done_at if refund else None)
        back = _("钱已退回%(name)s，请在那里的账单里看。") % {"name": name}
        return [asked, done, Step(state="done", title=_("回到您手里"), told=back)]
    state = "wrong" if at.phase is Phase.STUCK else "now"
    told = ""
    if at.phase is Phase.STUCK:
        told = _("%(name)s 这次没退成，我们有人在办，钱给您留着。") % {"name": name}
    carried = Step(
        state=state, title=_("支付机构退款"), told=told, promise=_("一般 1 分钟内，最迟 3 个工作日")
    )
    home = Step(
        state="later", title=_("回到您手里"), promise=_("零钱马上到，银行卡 1 到 3 个工作日")
    )
    return [asked, carried, home]


def _unpaid(at: Whereabouts, now: datetime) -> Telling:
    if at.phase is Phase.TO_PAY:
        until = {"when": words.moment(at.pay_until, now)}
        sentence = _("付款码用到 %(when)s，过时自动取消，不扣钱。") % until
        return Telling(meaning="waiting", title=_("还没有付款"), sentence=sentence)
    if at.phase is Phase.ASKING:
        sentence = _("付过了也不会丢：核对到就继续，多付的自动退回。")
        more = _("一般 1 分钟内有结果，不用再付。")
        return Telling(
            meaning="waiting", title=_("正在核对有没有付款"), sentence=sentence, more=more
        )
    if at.phase is Phase.CONTESTED:
        sentence = _("支付机构说的金额和这笔对不上，正在由人核对。钱没有丢，请不要再付一次。")
        more = _("一般 1 个工作日内有结果，会在这里告诉您。")
        return Telling(meaning="waiting", title=_("付款正在核对"), sentence=sentence, more=more)
    return Telling(
        meaning="information",
        title=_("没有付款，已经取消"),
        sentence=_("没有扣您的钱。要充值请再来一次。"),
        more=_("取消以后才付的钱，会自动退回。"),
    )


def _to_load(at: Whereabouts, now: datetime) -> Telling:
    more = ""
    if at.topup.return_at is not None:
        more = _("到 %(when)s 还没写卡，会自动退回。") % {
            "when": words.moment(at.topup.return_at, now)
        }
    title = _("付好了，还差贴一下卡")
    sentence = _("钱已经收到，还没有写到卡上。现在把卡贴一下。")
    return Telling(meaning="waiting", title=title, sentence=sentence, more=more)


def _card_busy(at: Whereabouts, now: datetime) -> Telling:
    title = _("先把上一笔写完")
    sentence = _("这张卡上一笔还没写完。再贴一次同一张卡，上一笔先清楚，这一笔接着写。")
    return Telling(meaning="waiting", title=title, sentence=sentence, more=_("钱没有丢。"))


def _card_lost(at: Whereabouts, now: datetime) -> Telling:
    title = _("付好了，但这张卡现在不能写")
    sentence = _("卡已挂失或停用。钱没有丢，可以申请退款，原路退回。")
    return Telling(meaning="waiting", title=title, sentence=sentence)


def _torn(at: Whereabouts, now: datetime) -> Telling:
    sentence = _("再贴一次同一张卡。钱没有丢：写上了就算数，没写上会接着写。")
    more = _("在手机上或任何一台自助终端贴都可以，别换卡。")
    return Telling(meaning="waiting", title=_("还没写完，钱没有丢"), sentence=sentence, more=more)


def _loaded(at: Whereabouts, now: datetime) -> Telling:
    sentence = ""
    if at.seen is not None:
        sentence = _("卡里现在有 %(money)s。") % {"money": words.money(at.seen.balance_fen)}
    more = _("可以乘车了，不用再做什么。")
    return Telling(meaning="settled", title=_("已写到卡上"), sentence=sentence, more=more)


def _late_money(at: Whereabouts, now: datetime) -> Telling:
    sentence = _("这笔钱来的时候，充值已经取消，正在自动退回。")
    more = _("一般 1 分钟内，最迟 3 个工作日；不用做什么。")
    return Telling(meaning="waiting", title=_("正在退款"), sentence=sentence, more=more)


def _going_back(at: Whereabouts, now: datetime) -> Telling:
    name = channel_name(at.payment.channel) if at.payment else ""
    sentence = _("钱正在退回%(name)s，不会再写到卡上。") % {"name": name}
    more = _("一般 1 分钟内，最迟 3 个工作日；不用做什么。")
    return Telling(meaning="waiting", title=_("正在退款"), sentence=sentence, more=more)


def _stuck(at: Whereabouts, now: datetime) -> Telling:
    sentence = _("支付机构这次没退成，钱给您留着，我们有人在办。")
    more = _("一般 1 个工作日内有结果，会在这里告诉您。")
    return Telling(meaning="waiting", title=_("退款遇到问题"), sentence=sentence, more=more)


def _returned(at: Whereabouts, now: datetime) -> Telling:
    name = channel_name(at.payment.channel) if at.payment else ""
    sentence = _("钱已退回%(name)s，请在那里的账单里看。") % {"name": name}
    return Telling(meaning="settled", title=_("已退款"), sentence=sentence)


_PAID = {
    Phase.TO_LOAD: _to_load,
    Phase.CARD_BUSY: _card_busy,
    Phase.CARD_LOST: _card_lost,
    Phase.TORN: _torn,
    Phase.LOADED: _loaded,
    Phase.LATE_MONEY: _late_money,
    Phase.GOING_BACK: _going_back,
    Phase.STUCK: _stuck,
    Phase.RETURNED: _returned,
}
