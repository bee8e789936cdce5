"""A column of facts: what happened, when, and who says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCES: Final[dict[str, str | Promise]] = {
    "notice": _("通知"),
    "bill": _("账单"),
    "bank": _("银行"),
    "card": _("卡"),
    "clearing": _("清算"),
    "person": _("人"),
    "house": _("系统"),
}
"""Who a fact is known from; each has an icon of the same name."""

MEANINGS: Final[dict[str, str | Promise]] = {
    "settled": _("已办妥"),
    "waiting": _("等待中"),
    "wrong": _("有问题"),
    "information": _("提示"),
}
"""The four meanings a colour may have; each has an icon of the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a timeline. `details` are pairs of a label and a value as people read them."""

    at: datetime
    source: str
    title: str | Promise
    meaning: str = "information"
    by: str = ""
    details: tuple[tuple[str | Promise, str], ...] = field(default=())

    def __post_init__(self) -> None:
        if self.source not in SOURCES or self.meaning not in MEANINGS:
            raise ValueError(f"no such source or meaning: {self.source}, {self.meaning}")


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Oldest first; facts of one moment stay as they came."""
    return sorted(facts, key=lambda fact: fact.at)
