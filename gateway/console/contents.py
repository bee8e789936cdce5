"""The frozen content of an approval as people compare it: before, after, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.masking import mask_text
from gateway.console import content_words
from gateway.pages import words

BEFORE, AFTER = "before", "after"

_FEN, _AT = re.compile(r"(^|_)fen$"), re.compile(r"(^|_)at$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that is fixed: its label and its value as text; `is_money` aligns it right."""

    label: str
    value: str
    is_money: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the act changes."""

    label: str
    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Whether it stays as it is."""
        return self.before == self.after


def facts(content: Mapping[str, Any]) -> list[Line]:
    """Everything the content says beside what changes, in its own order."""
    rest = {name: value for name, value in content.items() if name not in (BEFORE, AFTER)}
    return [
        Line(label=_label(name), value=_told(name, value), is_money=bool(_FEN.search(name)))
        for name, value in _flat(rest)
    ]


def changes(content: Mapping[str, Any]) -> list[Change]:
    """What stands now and what will stand after, side by side; empty when nothing is compared."""
    now, then = content.get(BEFORE), content.get(AFTER)
    if not isinstance(now, Mapping) or not isinstance(then, Mapping):
        return []
    before, after = dict(_flat(now)), dict(_flat(then))
    names = [*before, *(name for name in after if name not in before)]
    return [
        Change(
            label=_label(name),
            before=_told(name, before[name]) if name in before else "–",
            after=_told(name, after[name]) if name in after else "–",
        )
        for name in names
    ]


def amount_fen(content: Mapping[str, Any]) -> int | None:
    """What the approval is worth, when its content says so."""
    return _whole(content.get("amount_fen"))


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        full = f"{above}.{name}" if above else name
        if isinstance(value, Mapping) and value:
            yield from _flat(value, full)
        else:
            yield full, value


def _label(name: str) -> str:
    return " · ".join(str(content_words.LABELS.get(part, part)) for part in name.split("."))


def _told(name: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if _FEN.search(name) and (fen := _whole(value)) is not None:
        return words.money(fen)
    if isinstance(value, str) and _AT.search(name) and (at := _moment(value)) is not None:
        return words.exact(at)
    if isinstance(value, list):
        return "、".join(_told(name, one) for one in value)
    if isinstance(value, Mapping):
        return "；".join(f"{_label(key)} {_told(key, one)}" for key, one in value.items())
    return mask_text(content_words.value(name.rpartition(".")[2], str(value)))


def _whole(value: Any) -> int | None:
    """A whole number, also one that a room froze as digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    is_digits = isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii()
    return int(value) if is_digits else None


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
