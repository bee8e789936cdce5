"""Kinds of case: what may go wrong, in words for people, who ends it and how soon."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accounts.roles import FINANCE_OFFICER, ROLES
from reserve_funds.custody.errors import CaseKindUnknown

_WORD = re.compile(r"[a-z][a-z0-9_]{2,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKind:
    """One kind: its word, what it says to people, the role that ends it, in how many days.

    `working_days` is the time allowed where whoever opens a case knows no day of its own;
    None: it has none.
    """

    word: str
    zh: str
    en: str
    owner: str = FINANCE_OFFICER
    working_days: int | None = None


_KINDS: dict[str, CaseKind] = {}


def register(
    word: str,
    *,
    zh: str,
    en: str,
    owner: str = FINANCE_OFFICER,
    working_days: int | None = None,
) -> str:
    """Make a kind known; rooms do so where they open it (`KIND = kinds.register(...)`).

    Saying the same again is fine; a ValueError when it is no word, or said otherwise elsewhere.
    """
    kind = CaseKind(word=word, zh=zh, en=en, owner=owner, working_days=working_days)
    if not _WORD.fullmatch(word) or not zh or not en or owner not in ROLES:
        raise ValueError(f"this is no kind of case: {kind}")
    if _KINDS.setdefault(word, kind) != kind:
        raise ValueError(f"the kind {word} was told otherwise")
    return word


def kind_of(word: str) -> CaseKind:
    """The kind of that word. CaseKindUnknown."""
    if word not in _KINDS:
        raise CaseKindUnknown(kind=word[:40])
    return _KINDS[word]


def registered() -> list[CaseKind]:
    """Every kind the loaded rooms know, by word."""
    return [_KINDS[word] for word in sorted(_KINDS)]
