"""Amounts, days and sides as banks print them: exact, or refused with a reason."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from reserve_funds.custody.errors import StatementUnreadable

CURRENCY = "CNY"
LONGEST_TEXT = 400
_POINT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3}){1,4}(\.[0-9]{1,2})?")
_COMMA = re.compile(r"[0-9]{1,13},[0-9]{0,2}")
_FEN = re.compile(r"-?0{0,15}[0-9]{1,15}")
_DAY = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def fen_of(text: str, *, line: int, minor_units: bool = False) -> int:
    """Fen of `1234.50`, `1,234.50` or, with `minor_units`, of `123450`; may be negative."""
    text = text.strip()
    if minor_units:
        if not _FEN.fullmatch(text):
            raise unreadable("not an amount in fen", line, text)
        return int(text)
    if not (_POINT.fullmatch(text) or _GROUPED.fullmatch(text)):
        raise unreadable("not an amount with at most two decimals", line, text)
    return int(Decimal(text.replace(",", "")) * 100)


def fen_of_comma(text: str, *, line: int) -> int:
    """Fen of SWIFT's `1234,5`: the comma is always there, the decimals need not be."""
    if not _COMMA.fullmatch(text):
        raise unreadable("not an amount with a decimal comma", line, text)
    return int(Decimal(text.replace(",", ".") + "0") * 100)


def day_of(text: str, *, line: int) -> date:
    """The day of `20261122`, `2026-11-22`, `2026/11/22`, nothing after it."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found:
            return date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    raise unreadable("not a day", line, text)


def plain(text: str | None, *, line: int) -> str:
    """Text for people: outer blanks off, nothing that does not print, of a sane length."""
    text = (text or "").strip()
    if len(text) > LONGEST_TEXT or _UNPRINTABLE.search(text):
        raise unreadable("a text that is too long or does not print", line, text)
    return text


def only_cny(text: str, *, line: int) -> str:
    """The currency, which is 人民币 in every form banks write it, or refused."""
    if text.strip().upper() not in ("CNY", "RMB", "156", "人民币", "01"):
        raise unreadable("not an account in CNY", line, text)
    return CURRENCY


def unreadable(reason: str, line: int, text: str = "") -> StatementUnreadable:
    """The refusal, which tells the place and the beginning of what stands there, without NUL."""
    shown = "".join(one if one.isprintable() else "?" for one in text[:40])
    return StatementUnreadable(reason, line=line, text=shown)
