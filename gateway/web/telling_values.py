"""What a page says on top: what happened, what it means for the money, what to do next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What happened, what it means for the money, what to do next."""

    meaning: str
    title: str
    sentence: str = ""
    more: str = ""
