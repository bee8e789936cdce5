"""What deposits bring to the approvals' desk."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Approval, Person
from gateway.deposits import queries, returning


def _approve(asked: Approval, checker: Person, now: datetime) -> None:
    returning.approve(queries.of_approval(asked.pk), checker=checker, now=now)


def _refuse(asked: Approval, checker: Person, now: datetime) -> None:
    returning.refuse(queries.of_approval(asked.pk), checker=checker, now=now)


PURPOSES = (
    {
        "name": returning.PURPOSE,
        "zh": "退还押金",
        "en": "Give a deposit back",
        "effect_zh": "同意后押金按所列方式退还：原路退回，或由柜台付现。",
        "effect_en": "The deposit is given back by the way listed: to who paid it, or in cash.",
        "approve": _approve,
        "refuse": _refuse,
    },
)
