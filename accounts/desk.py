"""What this room's approvals are at the console's desk: words, effect, and who carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from accounts import posts
from accounts.models import Approval, Person


def _decide(asked: Approval, checker: Person, now: datetime) -> None:
    posts.approve(asked.pk, checker=checker, now=now)


PURPOSES: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "name": posts.GRANT, "zh": "授予角色", "en": "Give a role",
        "effect_zh": "这个人随即有这个角色，能看、能办它所能的一切，直到收回或到期。",
        "effect_en": "This person holds the role at once, and may see and do all that it may, until"
        " it is withdrawn or over.",
        "approve": _decide,
    },
    {
        "name": posts.WITHDRAWAL, "zh": "收回角色", "en": "Withdraw a role",
        "effect_zh": "这个人随即不再有这个角色；已经申请和复核过的事不受影响。",
        "effect_en": "This person no longer holds the role at once; what they asked for or decided"
        " before stands.",
        "approve": _decide,
    },
)  # fmt: skip
