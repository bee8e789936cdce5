"""How the gateway and each neighbour come to know each other: one line a channel."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from accounts.models import Operator
from gateway.sandbox.introductions import alipay, partner_banks, unionpay, wechatpay
from gateway.sandbox.introductions.acquaintance import Acquaintance

Introduction = Callable[[Iterable[Operator], Path], list[Acquaintance]]
INTRODUCTIONS: Mapping[str, Introduction] = {
    "wechatpay": wechatpay.acquaint,
    "alipay": alipay.acquaint,
    "bank_guomi": partner_banks.acquaint_guomi,
    "bank_gbk": partner_banks.acquaint_gbk,
    "bank_rfc9421": partner_banks.acquaint_rfc9421,
    "unionpay": unionpay.acquaint,
}
"""Channel to a function of the operators and of the place of the neighbour's book."""
