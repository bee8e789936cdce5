"""The words of 企业批量充值: verdicts on rows, states of orders, claims and what goes back."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.console.words import Word

VERDICTS: Final[dict[str, str | Promise]] = {
    "card_missing": _("没有填卡号"),
    "card_malformed": _("卡号应为 19 位数字"),
    "card_lost_digits": _("卡号被表格当成数字丢了后几位，请设为文本"),
    "amount_malformed": _("金额看不懂或不大于零"),
    "duplicate": _("同一张卡前面已经有了"),
    "issuer_unknown": _("不认识的发卡方"),
    "other_pool": _("这张卡是别的运营单位发的"),
    "card_lost": _("卡已挂失"),
    "card_gone": _("卡已停用（补换或退卡）"),
    "card_expired": _("卡已过有效期，请先延期"),
    "card_leaving": _("卡正在办理补卡或退卡"),
    "over_load": _("超过一次写卡的上限"),
    "not_offered": _("金额不在这张卡可充的范围或步长内"),
    "over_cap": _("充值后会超过卡内余额上限"),
}

ORDER: Final[dict[str, Word]] = {
    "drafted": ("information", _("已核对，未提交")),
    "asked": ("waiting", _("待复核")),
    "approved": ("waiting", _("待到账")),
    "shared": ("settled", _("已分到个人")),
    "lapsed": ("wrong", _("已过期")),
    "refused": ("wrong", _("已拒绝")),
    "withdrawn": ("information", _("已搁置")),
}

CLAIM: Final[dict[str, Word]] = {
    "": ("information", _("未生成")),
    "paid": ("waiting", _("待写卡")),
    "loading": ("waiting", _("正在写卡")),
    "in_doubt": ("waiting", _("存疑")),
    "loaded": ("settled", _("已写卡")),
    "refunding": ("information", _("申请退回中")),
    "refunded": ("information", _("已退回单位")),
}

RETURN: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "agreed": ("settled", _("已同意")),
    "refused": ("wrong", _("已拒绝")),
    "lapsed": ("information", _("已过期")),
}

PART: Final[dict[str, Word]] = {
    "planned": ("information", _("待办")),
    "going": ("waiting", _("退回中")),
    "done": ("settled", _("已退回")),
    "stopped": ("wrong", _("没有付成")),
}
