"""What the approvals desk needs to know of a pool that is to be wound down (R23)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from reserve_funds.custody.rules import winding


def _wound_down(asked: Approval, checker: Person, now: datetime) -> None:
    winding.approve(asked.pk, checker=checker, now=now)


def _not_wound_down(asked: Approval, checker: Person, now: datetime) -> None:
    winding.refuse(asked.pk, checker=checker, now=now)


PURPOSES: Final = (
    {
        "name": winding.PURPOSE,
        "zh": "终止业务",
        "en": "Wind the pool down",
        "effect_zh": "自所写之日起不再受理充值、预存和押金，不再存放和划出收入，"
        "余额免费赎回；不可撤回。",
        "effect_en": "From the day named no top-up, prepayment, deposit, placement or sweep is"
        " taken on and balances are given back free; it cannot be taken back.",
        "approve": _wound_down,
        "refuse": _not_wound_down,
    },
)
