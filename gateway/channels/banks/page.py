"""The tables of a bank profile as docs/partner-banks.md prints them: the page is the data."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from accounts.errors import DomainError
from gateway.channels.banks.profile import BankProfile

WORDS: Mapping[str, str] = {
    "result": "应答码 result",
    "merchant_no": "商户号 merchant",
    "app_no": "渠道号 app",
    "order_no": "我方订单号 our order number",
    "transaction_no": "银行流水号 bank serial",
    "product": "产品 product",
    "amount": "金额 amount",
    "payer_amount": "付款人实付 paid by the payer",
    "currency": "币种 currency",
    "description": "说明 description",
    "expires_at": "有效期至 expires",
    "notify_url": "支付通知地址 notice address",
    "refund_notify_url": "退款通知地址 refund notice address",
    "payer_ip": "付款人 IP payer's IP",
    "payer_no": "付款账号(掩码) payer's account, masked",
    "attach": "附言 attach",
    "state": "订单状态 state",
    "paid_at": "支付时间 paid at",
    "code_url": "二维码内容 QR content",
    "h5_url": "跳转地址 jump page",
    "refund_no": "我方退款号 our refund number",
    "channel_refund_no": "银行退款流水 bank's refund serial",
    "refund_amount": "退款金额 refund amount",
    "total": "原订单金额 order's amount",
    "reason": "退款原因 reason",
    "refund_state": "退款状态 refund state",
    "done_at": "退款时间 refunded at",
    "notice_id": "通知编号 notice number",
    "event": "通知类型 event",
    "keys": "公钥列表 keys",
    "bill_day": "账单日 day",
    "bill_url": "文件地址 file address",
    "bill_hash": "文件摘要 file hash",
}


def tables(profile: BankProfile) -> str:
    """Doors, words, states, error words and retries of one profile, in Markdown."""
    doors = [
        (act.value, f"`{door.method} {door.path}`", _listed(door.constants.values()))
        for act, door in profile.doors.items()
    ]
    words = [(WORDS[ours], f"`{theirs}`") for ours, theirs in profile.fields.items()]
    states = [
        (f"`{word}`", state.value + (", 已退款 given back" if word in profile.given_back else ""))
        for word, state in profile.payment_states.items()
    ]
    refunds = [(f"`{word}`", state.value) for word, state in profile.refund_states.items()]
    errors = [
        (f"`{word}`", error.code) for word, error in (*profile.refusals.items(), *_again(profile))
    ]
    parts = [
        _table(("交易 act", "地址 door", "固定值 constants"), doors),
        _table(("含义 meaning", "字段 field"), words),
        _table(("订单状态 state", "我方 ours"), states),
        _table(("退款状态 refund state", "我方 ours"), refunds),
        _table(("错误码 error word", "我方 ours"), errors),
        f"重发间隔 retries: {', '.join(_shown(pause) for pause in profile.retries)}",
    ]
    return "\n\n".join(parts)


def _again(profile: BankProfile) -> Iterable[tuple[str, type[DomainError]]]:
    return profile.ask_again.items()


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _listed(values: Iterable[object]) -> str:
    return " ".join(f"`{value}`" for value in values)


def _shown(pause: timedelta) -> str:
    seconds = int(pause.total_seconds())
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
