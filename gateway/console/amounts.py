"""Amounts as officers type them."""

from __future__ import annotations

import re

from reserve_funds.custody.bank.errors import OutflowMalformed

_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def whole_number(text: str) -> int:
    """A number as a form carries it; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def fen_of(text: str) -> int:
    """`1,200.5` yuan in fen. OutflowMalformed for what is no amount above zero."""
    found = _YUAN.fullmatch(text.strip().replace(",", "").removeprefix("¥"))
    fen = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if fen <= 0:
        raise OutflowMalformed(field="amount_fen")
    return fen


def fen_or_zero(text: str) -> int:
    """As `fen_of`, but nothing at all is an amount too: `0`, `0.00`."""
    bare = text.strip().removeprefix("¥")
    return 0 if bare in ("0", "0.0", "0.00") else fen_of(text)
