"""What this room's approvals are at the console's desk: words, effect, and who carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from accounts.models import Approval, Person
from gateway.bank_line import contracts, suspending


def _move_bank(asked: Approval, checker: Person, now: datetime) -> None:
    suspending.approve(asked.pk, checker=checker, now=now)


def _put(asked: Approval, checker: Person, now: datetime) -> None:
    contracts.approve(asked.pk, checker=checker, now=now)


def _not_put(asked: Approval, checker: Person, now: datetime) -> None:
    contracts.refuse(asked.pk, checker=checker, now=now)


PURPOSES: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "name": suspending.SUSPENSION, "zh": "暂停合作银行", "en": "Suspend a partner bank",
        "effect_zh": "全省随即不再经这家银行收新的付款，已批准的划出暂不发出；"
        "已开始的付款、回调、退款和对账照常。",
        "effect_en": "At once no pool takes new payments over this bank and approved payouts are"
        " held; payments begun before, callbacks, refunds and statements go on.",
        "approve": _move_bank,
    },
    {
        "name": suspending.RESUMPTION, "zh": "恢复合作银行", "en": "Take a partner bank up again",
        "effect_zh": "全省随即可以再经这家银行付款，暂不发出的划出随即发给银行。",
        "effect_en": "At once payments over this bank are taken again, and the payouts that were"
        " held are told to it.",
        "approve": _move_bank,
    },
    {
        "name": contracts.CONTRACT,
        "zh": "银行账户协议",
        "en": "A bank's contract about an account",
        "effect_zh": "从现在起按这份协议向银行付款、取对账单；已经发出的指令不受影响。",
        "effect_en": "From now on payments and statements of the account go by these terms;"
        " instructions sent before are not touched.",
        "approve": _put,
        "refuse": _not_put,
    },
    {
        "name": contracts.MAILBOX,
        "zh": "银行对账单文件夹",
        "en": "A bank's folder of statements",
        "effect_zh": "从现在起到这台服务器的这个文件夹取对账单，只信任这里列出的主机密钥。",
        "effect_en": "From now on statements are collected from this folder of this server,"
        " and only the host keys listed here are trusted.",
        "approve": _put,
        "refuse": _not_put,
    },
)  # fmt: skip
