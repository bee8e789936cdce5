"""What the approvals desk needs to know of this room's newest matters, and whose hand each is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from reserve_funds.custody.bank import endings

NO: Final = "refused by the second officer"


def _ended(asked: Approval, checker: Person, now: datetime) -> None:
    endings.approve(asked.pk, checker=checker, now=now)


def _not_ended(asked: Approval, checker: Person, now: datetime) -> None:
    endings.refuse(asked.pk, checker=checker, because=NO, now=now)


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
)
