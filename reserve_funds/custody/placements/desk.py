"""What the approvals desk needs to know of a placement that is asked back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from reserve_funds.custody.placements import returning

NO: Final = "refused by the second officer"


def _asked_back(asked: Approval, checker: Person, now: datetime) -> None:
    returning.approve(asked.pk, checker=checker, now=now)


def _not_asked_back(asked: Approval, checker: Person, now: datetime) -> None:
    returning.refuse(asked.pk, checker=checker, because=NO, now=now)


PURPOSES: Final = (
    {
        "name": returning.PURPOSE,
        "zh": "支取保本存放",
        "en": "Ask a placement back",
        "effect_zh": "可凭编号通知银行支取；对账单见到之前账上不动，到期日提前到所写的日子。",
        "effect_en": "The bank is told by its number; nothing moves before a statement shows it,"
        " and it is due on the day named.",
        "approve": _asked_back,
        "refuse": _not_asked_back,
    },
)
