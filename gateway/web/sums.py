"""Sums of money as people type them: `35`, `35.5`, `¥35.50`, in any digits; fen come out."""

from __future__ import annotations

import re
import unicodedata

from gateway.web.errors import AmountNotUnderstood

_SUM = re.compile(r"¥?([0-9]{1,6})(?:\.([0-9]{1,2}))?元?")


def fen_of(text: str) -> int:
    """The fen of a typed sum in yuan. AmountNotUnderstood."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    match = _SUM.fullmatch(plain.replace(" ", ""))
    if match is None:
        raise AmountNotUnderstood
    fen = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if fen == 0:
        raise AmountNotUnderstood
    return fen
