"""The words of the console: roles, states and purposes as officers read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import pools, roles
from gateway.console.act_words import ACTS
from gateway.console.seats import OFFICERS

SOON: Final = timedelta(days=30)

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

APPROVAL: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "approved": ("settled", _("已同意")),
    "refused": ("wrong", _("已拒绝")),
    "expired": ("information", _("已过期")),
    "spent": ("settled", _("已执行")),
}

BANK: Final[dict[str, Word]] = {
    "active": ("settled", _("正常受理")),
    "suspended": ("wrong", _("已暂停")),
    "closed": ("information", _("已终止")),
}

OFFICER: Final[dict[str, Word]] = {
    "invited": ("waiting", _("已邀请，未登录")),
    "active": ("settled", _("可登录")),
    "suspended": ("wrong", _("登录已停用")),
}

DUTY: Final[dict[str, Word]] = {
    "owed": ("waiting", _("待办")),
    "leased": ("waiting", _("正在办")),
    "done": ("settled", _("已办完")),
    "given_up": ("wrong", _("未办成")),
}

LOAD: Final[dict[str, Word]] = {
    "opened": ("information", _("已开始")),
    "sealed": ("waiting", _("已授权未回执")),
    "in_doubt": ("waiting", _("存疑")),
    "loaded": ("settled", _("已写卡")),
    "not_loaded": ("information", _("未写卡")),
    "abandoned": ("information", _("已放弃")),
}
LOAD_VERDICTS: Final[dict[str, str | Promise]] = {
    "loaded": _("判定：已写卡"),
    "not_loaded": _("判定：未写卡"),
}
STRENGTHS: Final[dict[str, str | Promise]] = {
    "proof": _("证明"),
    "hint": _("线索"),
    "nothing": _("不证明"),
}
INCIDENT: Final[dict[str, Word]] = {
    "open": ("wrong", _("待说明")),
    "explained": ("waiting", _("待第二人同意")),
    "closed": ("settled", _("已关闭")),
}
LOCK_SCOPES: Final[dict[str, str | Promise]] = {
    "card_here": _("这个人用这张卡"),
    "terminal": _("这台终端"),
    "user": _("这个人"),
    "provider": _("这家钱包或网点"),
    "card": _("这张卡，对所有人"),
}
LOCK_REASONS: Final[dict[str, str | Promise]] = {
    "mac1_wrong": _("卡的鉴别码（MAC1）连续不对"),
    "credited_after_refund": _("退款之后卡证明已写上"),
}
PROPOSAL: Final[dict[str, Word]] = {
    "proposed": ("waiting", _("待复核")),
    "done": ("settled", _("已执行")),
    "refused": ("wrong", _("已拒绝")),
    "stale": ("information", _("证据已变")),
}
KEY: Final[dict[str, Word]] = {
    "prepared": ("waiting", _("待启用")),
    "active": ("settled", _("在用")),
    "outgoing": ("waiting", _("交接中")),
    "retired": ("information", _("已停用")),
    "destroyed": ("information", _("已销毁")),
}
CEREMONY: Final[dict[str, Word]] = {
    "gathering": ("waiting", _("收集分量")),
    "brought": ("waiting", _("已入库")),
    "activated": ("settled", _("已启用")),
    "refused": ("wrong", _("被拒")),
    "aborted": ("information", _("已中止")),
    "expired": ("information", _("已过期")),
}
KEY_PURPOSES: Final[dict[str, str | Promise]] = {
    "load": _("圈存"),
    "tac": _("交易凭证"),
    "transport": _("传输"),
    "kek": _("保护密钥"),
}
MATTERS: Final[dict[str, str | Promise]] = {
    "payment_contested": _("付款有争议"),
    "refund_abnormal": _("退款异常"),
    "notice_parked": _("通知无主"),
    "disagreement": _("与渠道不一致"),
    "bill_quarantined": _("账单被隔离"),
    "work_given_up": _("未办成的任务"),
}
CHANNELS: Final[dict[str, str | Promise]] = {
    "alipay": _("支付宝"),
    "bank_gbk": _("网银 XML 银行"),
    "bank_guomi": _("国密报文银行"),
    "bank_rfc9421": _("HTTP 消息签名银行"),
    "unionpay": _("银联"),
    "wechatpay": _("微信支付"),
}
CHANNEL_SOURCES: Final[dict[str, str | Promise]] = {
    "answer": _("渠道答复"),
    "bill": _("账单"),
    "notice": _("通知"),
    "query": _("渠道答复"),
}
CHANNEL_STATES: Final[dict[str, str | Promise]] = {
    "abnormal": _("异常"),
    "closed": _("已关闭"),
    "done": _("已退款"),
    "failed": _("失败"),
    "paid": _("已付款"),
    "pending": _("处理中"),
    "processing": _("处理中"),
    "unknown": _("未知"),
}

MONEY_STATES: Final[dict[str, str | Promise]] = {
    "abnormal": _("异常"),
    "applied": _("已处理"),
    "asked": _("已请求"),
    "closed": _("已关闭"),
    "confirmed": _("已确认"),
    "contested": _("有争议"),
    "dismissed": _("已忽略"),
    "done": _("已退款"),
    "offered": _("已下单"),
    "parked": _("无主"),
    "prepared": _("待付款"),
    "received": _("已收下"),
    "refused": _("被拒"),
    "sent": _("已发出"),
    "withdrawn": _("已撤回"),
}

AMOUNT: Final[str | Promise] = _("金额")
NUMBER: Final[str | Promise] = _("渠道流水号")
AGAINST: Final[str | Promise] = _("不一致之处")
BECAUSE: Final[str | Promise] = _("缘由")

DUTIES: Final[dict[str, str | Promise]] = {
    "merchant.keys": _("更新渠道公钥"),
    "notice.apply": _("处理渠道通知"),
    "payment.look_again": _("再看一次付款"),
    "payment.query": _("向渠道查询付款"),
    "refund.carry": _("把退款送到渠道"),
    "topup.return": _("退回未写卡的钱"),
}


def of(table: dict[str, Word], state: str) -> Word:
    """The meaning and the word of a state; a state without one is shown as it is."""
    return table.get(state, ("information", state))


def act(code: str) -> str:
    """What an act or a security event is called; one without a word is shown by its code."""
    return str(ACTS.get(code, code))


def channel_says(source: str, state: str) -> str:
    """What a channel said, and where: `通知 · 已付款`."""
    return f"{CHANNEL_SOURCES.get(source, source)} · {CHANNEL_STATES.get(state, state)}"


def ending(at: datetime | None, now: datetime, *, known: bool = True) -> Word:
    """How near the end of a key is: over, soon, or far; one that is not ours is wrong."""
    if not known:
        return "wrong", _("不认识的密钥")
    if at is None:
        return "information", _("不设期限")
    if at <= now:
        return "wrong", _("已到期")
    return ("waiting", _("快到期")) if at - now < SOON else ("settled", _("有效"))


def pool_names() -> dict[int, str]:
    """What each pool's operator is called, in the language of the page."""
    english = (get_language() or "").startswith("en")
    province = {0: str(PROVINCE)}
    names = {one.pool: one.name_en if english else one.name_zh for one in pools.all_operators()}
    return province | names
