"""What the approvals desk needs to know of banks' contracts and folders, and whose hand each is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from gateway.bank_line import contracts


def _put(asked: Approval, checker: Person, now: datetime) -> None:
    contracts.approve(asked.pk, checker=checker, now=now)


def _not_put(asked: Approval, checker: Person, now: datetime) -> None:
    contracts.refuse(asked.pk, checker=checker, now=now)


PURPOSES: Final = (
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
)
