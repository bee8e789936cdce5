"""The words of the pages of kiosks: health, states, acts and what differs."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import roles
from gateway.console.words import Word
from gateway.kiosk.models import Claim

HEALTH: Final[dict[str, Word]] = {
    "well": ("settled", _("正常")),
    "low": ("waiting", _("纸快用完")),
    "failing": ("wrong", _("有故障")),
    "doubtful": ("waiting", _("有未明写卡")),
    "off": ("information", _("未签到")),
    "silent": ("wrong", _("失联")),
    "stopped": ("information", _("已停用")),
    "planned": ("information", _("待启用")),
    "retired": ("information", _("已退役")),
}
"""What there is to say of a kiosk, as a colour, an icon and a word."""

WORST: Final = (
    "silent", "failing", "doubtful", "low", "off", "stopped", "planned", "retired", "well",
)  # fmt: skip
PAPER: Final[dict[str, Word]] = {
    "full": ("settled", _("充足")),
    "low": ("waiting", _("快用完")),
    "out": ("wrong", _("没有了")),
}
ENROLMENT: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "approved": ("waiting", _("可注册")),
    "used": ("settled", _("已注册")),
    "refused": ("wrong", _("已拒绝")),
    "withdrawn": ("information", _("已作废")),
}
KEY: Final[dict[str, Word]] = {
    "incoming": ("waiting", _("待启用")),
    "active": ("settled", _("有效")),
    "retired": ("information", _("已停用")),
}
BOX: Final[dict[str, Word]] = {
    "in_kiosk": ("information", _("在终端里")),
    "removed": ("waiting", _("待清点")),
    "counted": ("waiting", _("待解缴")),
    "banked": ("settled", _("已解缴")),
}
COUNT: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待第二人清点")),
    "booked": ("settled", _("已入账")),
    "refused": ("wrong", _("不作数")),
}
DAY: Final[dict[str, Word]] = {
    "agreed": ("settled", _("一致")),
    "differs": ("wrong", _("不一致")),
    "ended": ("information", _("两人已结束")),
}
DIFFERENCE: Final[dict[str, str | Promise]] = {
    "missing_here": _("终端有，我方没有"),
    "missing_there": _("我方有，终端没有"),
    "kind_differs": _("种类不同"),
    "amount_differs": _("金额不同"),
    "subject_differs": _("对象不同"),
    "gap": _("双方都没有"),
}
RECORD: Final[dict[str, str | Promise]] = {
    "note": _("收钞"),
    "load": _("写卡"),
    "doubt": _("未明写卡"),
}
COUNTER: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "active": ("settled", _("可签发")),
    "retired": ("information", _("已停用")),
}
CLAIM: Final[dict[str, Word]] = {
    "waiting": ("waiting", _("等卡来贴")),
    "due": ("wrong", _("已到期")),
    "paying": ("waiting", _("银行退款中")),
    "loaded": ("settled", _("已写卡")),
    "paid_out": ("settled", _("已退还")),
    "ordered": ("information", _("已成订单")),
}
KEPT: Final[Word] = ("wrong", _("没能成订单"))
UNLOADED: Final = _("未写卡现金")
KEPT_ENDED: Final = _("最近办结的留存现金")

TITLES: Final[dict[str, tuple[str | Promise, str | Promise, str]]] = {
    "stop": (_("停用终端"), _("终端马上不再办理业务；它手里的记录照收。"), "danger"),
    "start": (_("恢复终端"), _("终端重新办理业务；密钥被撤销的还要重新注册。"), ""),
    "retire": (_("终端退役"), _("终端永远不再使用，不能恢复。"), "danger"),
    "revoke": (
        _("撤销密钥"), _("全部密钥和会话马上作废，终端停用；要两个人重新注册才能再用。"), "danger",
    ),
    "renew": (_("申请重新注册"), _("另一位复核以后，可以取一次性注册码，终端用它登记新密钥。"), ""),
    "code": (_("取注册码"), _("只显示这一次。再取一次，前一个就作废。"), ""),
    "move": (_("搬迁终端"), _("新旧地点都会留在记录里。没有复核的注册申请要重新提交。"), ""),
    "quota": (_("申请授权额度"), _("另一位财务人员复核后生效。"), ""),
}  # fmt: skip
"""What each act is called, what it does, and how its button looks."""

ACTS: Final[dict[str, frozenset[str]]] = {
    "stop": frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR}),
    "start": frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR}),
    "move": frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR}),
    "quota": frozenset({roles.FINANCE_OFFICER, roles.ADMINISTRATOR}),
    "renew": frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR}),
    "code": frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR}),
    "revoke": frozenset({roles.SECURITY_OFFICER, roles.ADMINISTRATOR}),
    "retire": frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR}),
}
"""Who is offered which act; the service has the last word."""


def claim(one: Claim) -> Word:
    """Where a claim stands; kept cash is nobody's order and waits for people."""
    return KEPT if one.is_kept and one.state == "waiting" else CLAIM[one.state]
