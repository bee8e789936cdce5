"""What the approvals desk needs to know of this room's newest matters, and whose hand each is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from reserve_funds.custody.bank import endings, registering

NO: Final = "refused by the second officer"


def _ended(asked: Approval, checker: Person, now: datetime) -> None:
    endings.approve(asked.pk, checker=checker, now=now)


def _not_ended(asked: Approval, checker: Person, now: datetime) -> None:
    endings.refuse(asked.pk, checker=checker, because=NO, now=now)


def _put_account(asked: Approval, checker: Person, now: datetime) -> None:
    registering.approve(asked.pk, checker=checker, now=now)


def _not_put_account(asked: Approval, checker: Person, now: datetime) -> None:
    registering.refuse(asked.pk, checker=checker, now=now)


PURPOSES: Final = (
    {
        "name": endings.PURPOSE,
        "zh": "查明无指令的划出",
        "en": "Explain money gone",
        "effect_zh": "案件结束：由自有资金承担，或从它所属的待查、在途款项中列支；客户本金不动。",
        "effect_en": "The case ends: own money bears it, or the suspense or transit it was of;"
        " no holder's principal moves.",
        "approve": _ended,
        "refuse": _not_ended,
    },
    {
        "name": registering.PURPOSE,
        "zh": "银行账户登记",
        "en": "A custody account",
        "effect_zh": "登记后，这个账户的对账单可以收下、记账，也可以给它登记协议；"
        "销户后不再从它付款。账号、银行、用途和所属的池登记后不能再改。",
        "effect_en": "Once registered, statements of the account are taken and booked and a"
        " contract may be put; once closed, nothing is paid from it. Its number, bank, use and"
        " pool never change.",
        "approve": _put_account,
        "refuse": _not_put_account,
    },
)
