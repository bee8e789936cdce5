"""What pages hand to the parts they are made of: plain values, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STEP_STATES: Final[dict[str, tuple[str | Promise, str, str]]] = {
    "done": (_("已完成"), "settled", "settled"),
    "now": (_("进行中"), "waiting", "waiting"),
    "later": (_("还没到"), "later", "later"),
    "wrong": (_("有问题"), "wrong", "wrong"),
}
"""State of a step to its word, its icon and its colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of 钱在哪儿. `promise` is a time that people can wait for; `told` one sentence."""

    state: str
    title: str | Promise
    at: datetime | None = None
    told: str | Promise = ""
    promise: str | Promise = ""

    def __post_init__(self) -> None:
        if self.state not in STEP_STATES:
            raise ValueError(f"no such state of a step: {self.state}")

    @property
    def word(self) -> str | Promise:
        """What the state is called."""
        return STEP_STATES[self.state][0]

    @property
    def icon(self) -> str:
        """The icon of the state."""
        return STEP_STATES[self.state][1]

    @property
    def meaning(self) -> str:
        """The colour of the state."""
        return STEP_STATES[self.state][2]
