"""The words of custody's pages: accounts, purposes, reasons, states, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gateway.console.words import CHANNELS, Word
from reserve_funds.chart import BY_NAME
from reserve_funds.custody.matching.values import WORDS, Sort
from reserve_funds.handbook import BY_CODE
from reserve_funds.ledger.values import Act

PURPOSES: Final[dict[str, str | Promise]] = {
    "CLEARING_SETTLEMENT": _("清算划款"),
    "REDEMPTION": _("赎回"),
    "REFUND_TO_PAYER": _("退回付款人"),
    "REPAYMENT": _("退还未写卡款"),
    "DEPOSIT_RETURN": _("退还押金"),
    "OWN_INCOME_SWEEP": _("划出自有收入"),
    "CUSTODY_TRANSFER": _("专户间调拨"),
    "CHANNEL_PREFUND": _("渠道备款"),
    "PRINCIPAL_SAFE_PLACEMENT": _("保本存放"),
}
REASONS: Final[dict[str, str | Promise]] = {
    "fee": _("渠道手续费"),
    "cash_short": _("现金短款"),
    "late_ride": _("迟到行程"),
    "placement_loss": _("存放本金损失"),
    "chargeback": _("拒付与少款"),
    "bank_charge": _("银行收费"),
    "coupon": _("优惠券"),
    "arrears": _("欠费"),
    "unauthorised": _("无授权写卡"),
    "legacy_shortfall": _("历史余额缺口"),
    "overdraft": _("持有人透支"),
}
RELATIONS: Final[dict[str, str | Promise]] = {
    "order_bill": _("订单 ↔ 渠道账单"),
    "bill_bank": _("渠道账单 ↔ 银行流水"),
    "order_card": _("订单 ↔ 写卡"),
    "card_clearing": _("写卡 ↔ 清分结果"),
}
SIDES: Final[dict[str, str | Promise]] = {
    "order": _("订单"),
    "bill": _("渠道账单"),
    "bank": _("银行流水"),
    "card": _("写卡"),
    "clearing": _("清分结果"),
}
STANDINGS: Final[dict[str, Word]] = {
    "stands": ("settled", _("成立")),
    "pending": ("waiting", _("在途")),
    "void": ("information", _("未发生")),
}
OWNERS: Final[dict[str, str | Promise]] = {
    "finance": _("财务"),
    "channels": _("渠道"),
    "loading": _("圈存"),
    "clearing": _("清算"),
}
CHOICES: Final[dict[str, str | Promise]] = {
    "take_in": _("记为已收待分配款"),
    "bear_loss": _("由自有资金承担"),
    "bear_fee": _("承担多扣的手续费"),
    "fee_back": _("冲减应补手续费"),
    "ask_channel": _("请渠道再答一次"),
    "fetch_bill": _("再取一次对账单"),
    "refund_payer": _("退回付款人"),
    "ask_bank": _("请银行核实"),
    "ask_clearing": _("请清分平台核实"),
    "match": _("人工勾对"),
    "unmatch": _("撤销勾对"),
}
DIFFERENCE: Final[dict[str, Word]] = {
    "open": ("wrong", _("待处理")),
    "overtaken": ("waiting", _("已变化，须再看")),
    "settled": ("settled", _("已入账处理")),
    "ended": ("information", _("已消失")),
}
DECISION: Final[dict[str, Word]] = {
    "proposed": ("waiting", _("待复核")),
    "done": ("settled", _("已执行")),
    "refused": ("wrong", _("已拒绝")),
    "stale": ("information", _("依据已变，作废")),
}
REQUEST: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "approved": ("settled", _("已同意")),
    "refused": ("wrong", _("已拒绝")),
    "withdrawn": ("information", _("已撤回")),
    "expired": ("information", _("已过期")),
}
INSTRUCTION: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "ready": ("waiting", _("待发送")),
    "sent": ("waiting", _("已发给银行，在途")),
    "paid": ("settled", _("对账单已见付出")),
    "rejected": ("wrong", _("银行拒绝")),
    "not_instructed": ("wrong", _("银行未收到，未办理")),
    "returned": ("wrong", _("已退汇")),
    "dropped": ("information", _("未办")),
}
PLACEMENT: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "placed": ("settled", _("存放中")),
    "ended": ("information", _("已收回")),
    "dropped": ("information", _("未办")),
}
PLACED_AS: Final[dict[str, str | Promise]] = {
    "agreed_deposit": _("协定存款"),
    "term_deposit": _("定期存款"),
    "treasury_bond": _("国债"),
    "principal_guaranteed": _("保本型产品"),
}
CUTOVER: Final[dict[str, Word]] = {
    "taken": ("waiting", _("已导入，未开账")),
    "opened": ("settled", _("已开账")),
}
FIGURES: Final[dict[str, str | Promise]] = {
    "paid_in_fen": _("收款"),
    "loaded_fen": _("圈存"),
    "refunded_fen": _("退款"),
    "spent_fen": _("消费"),
}
UNDERSTANDING: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待复核")),
    "done": ("settled", _("已查清")),
    "refused": ("wrong", _("已拒绝")),
    "expired": ("information", _("已过期")),
}
DAY: Final[dict[str, Word]] = {
    "open": ("information", _("营业中")),
    "cut": ("waiting", _("已日切")),
    "checking": ("waiting", _("检查中")),
    "closed": ("settled", _("已结账")),
    "blocked": ("wrong", _("被挡住")),
}
ACTS: Final[dict[Act, str | Promise]] = {
    Act.HOLD: _("冻结"),
    Act.SETTLE: _("解冻并记账"),
    Act.RELEASE: _("解冻"),
}
USES: Final[dict[str, str | Promise]] = {
    "reserve": _("备付金专户"),
    "income": _("收入户"),
    "own": _("自有资金户"),
}


KNOWN: Final[dict[str, str | Promise]] = {
    "channel_payout": _("渠道结算到账"),
    "cash_banked": _("现金缴存"),
    "own_cover": _("自有资金补足"),
    "interest": _("利息"),
    "bank_charge": _("银行收费"),
}
TERMS: Final[dict[str, str | Promise]] = {
    "channel": _("渠道"),
    "days_before": _("入账日往前几天"),
    "working_days": _("只数工作日"),
    "reason": _("事由"),
    "own_account_id": _("来自账户"),
}
RULE_SORTS: Final[dict[str, str | Promise]] = {
    "refusal": _("不允许"),
    "gate": _("结账条件"),
    "alert": _("告警"),
    "report": _("报表"),
}
YES: Final[str | Promise] = _("是")
NO: Final[str | Promise] = _("否")
BY_HAND: Final[str | Promise] = _("两人人工勾对")
PASSES: Final[dict[str, str | Promise]] = {
    "transaction number": _("渠道流水号相同"),
    "order number": _("订单号相同"),
    "payout of a day": _("同一结算日的到账"),
    "order": _("同一订单"),
    "load": _("同一笔圈存"),
}


def terms(told: Mapping[str, Any]) -> str:
    """What a recognition rule goes by beside its patterns, in words."""
    return "；".join(f"{TERMS.get(name, name)} {_term(name, told[name])}" for name in told)


def _term(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(YES if value else NO)
    if name == "reason":
        return str(REASONS.get(value, value))
    return str(CHANNELS.get(value, value)) if name == "channel" else str(value)


def how(told: str) -> str:
    """By what two sides were matched, as `order_bill: order number` tells it."""
    relation, _colon, way = told.partition(": ")
    if not way:
        return told
    return f"{RELATIONS.get(relation, relation)} · {PASSES.get(way, BY_HAND)}"


def in_english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def kind(name: str) -> str:
    """What an account of the chart is called."""
    return plain(name) if in_english() else BY_NAME[name].zh


def event(code: str) -> str:
    """What an event of the handbook is called; a reversal says so."""
    bare = code.removesuffix("_reversed")
    if in_english() or bare not in BY_CODE:
        return plain(code)
    return BY_CODE[bare].zh + ("（冲正）" if bare != code else "")


def sort(name: str) -> str:
    """What a kind of difference is called."""
    words = WORDS[Sort(name)]
    return capfirst(words.en) if in_english() else words.zh


def plain(name: str) -> str:
    """`own_cover_due` as words."""
    return name.replace("_", " ").capitalize()
