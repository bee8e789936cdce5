"""The words of the console: roles, states and purposes as officers read them."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import pools, roles
from gateway.console.seats import OFFICERS

Word = tuple[str, "str | Promise"]

ROLES: Final[dict[str, str | Promise]] = {
    roles.CITIZEN: _("市民"),
    roles.CLERK: _("柜员"),
    roles.KIOSK_OPERATOR: _("终端管理员"),
    roles.FINANCE_OFFICER: _("财务人员"),
    roles.AUDITOR: _("审计员"),
    roles.SECURITY_OFFICER: _("安全员"),
    roles.KEY_CUSTODIAN: _("密钥保管员"),
    roles.REGULATOR: _("监管席位"),
    roles.ADMINISTRATOR: _("系统管理员"),
}

ACTORS: Final[dict[str, str | Promise]] = {
    "citizen": _("市民"),
    "kiosk": _("终端"),
    "channel": _("渠道"),
    "system": _("系统"),
}

PROVINCE: Final[str | Promise] = _("全省")
SEATED: Final = OFFICERS | {roles.CLERK}

NAVIGATION: Final[tuple[tuple[str, str, str | Promise, str], ...]] = (
    ("home", "house", _("待办"), "home"),
    ("approvals", "person", _("审批"), "approvals"),
    ("duties", "waiting", _("未办成的任务"), "duties"),
    ("alarms", "wrong", _("告警"), "alarms"),
    ("subject", "search", _("追溯"), "search"),
)
"""Name, icon, word and address of each entry; the door decides who sees it."""

APPROVAL: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "approved": ("settled", _("已同意")),
    "refused": ("wrong", _("已拒绝")),
    "expired": ("information", _("已过期")),
    "spent": ("settled", _("已执行")),
}

DUTY: Final[dict[str, Word]] = {
    "owed": ("waiting", _("待办")),
    "leased": ("waiting", _("正在办")),
    "done": ("settled", _("已办完")),
    "given_up": ("wrong", _("未办成")),
}

PURPOSES: Final[dict[str, str | Promise]] = {
    "reserve_outflow": _("备付金划出"),
}

DUTIES: Final[dict[str, str | Promise]] = {
    "merchant.keys": _("更新渠道公钥"),
    "notice.apply": _("处理渠道通知"),
    "payment.look_again": _("再看一次付款"),
    "payment.query": _("向渠道查询付款"),
    "refund.carry": _("把退款送到渠道"),
    "topup.return": _("退回未写卡的钱"),
}

ACTS: Final[dict[str, str | Promise]] = {
    "approval_approved": _("同意审批"),
    "approval_asked": _("提交审批"),
    "approval_refused": _("拒绝审批"),
    "card_credited_after_refusal": _("卡拒绝后又记了款"),
    "card_tac_wrong": _("卡的交易凭证不对"),
    "code_refused": _("验证码不对"),
    "duty_owed_again": _("重新办理任务"),
    "factor_shown": _("再次出示验证码"),
    "officer_invited": _("邀请工作人员"),
    "personal_data_viewed": _("查看个人资料"),
    "refund_abnormal": _("退款异常"),
    "role_granted": _("授予角色"),
    "role_revoked": _("收回角色"),
    "sign_in_paused": _("登录暂停"),
    "sign_in_refused": _("登录被拒"),
    "signed_in": _("登录"),
    "signed_out": _("退出"),
}
"""Privileged acts and security events; one without a word here is shown by its code."""


def of(table: dict[str, Word], state: str) -> Word:
    """The meaning and the word of a state; a state without one is shown as it is."""
    return table.get(state, ("information", state))


def act(code: str) -> str:
    """What an act or a security event is called; one without a word is shown by its code."""
    return str(ACTS.get(code, code))


def purpose(name: str) -> str:
    """What an approval is for, as people say it; a purpose without a word is shown as it is."""
    return str(PURPOSES.get(name, name))


def pool_names() -> dict[int, str]:
    """What each pool's operator is called, in the language of the page."""
    english = (get_language() or "").startswith("en")
    return {one.pool: one.name_en if english else one.name_zh for one in pools.all_operators()}
