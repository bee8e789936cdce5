"""统一社会信用代码 (GB 32100-2015): eighteen characters of which the last checks the others."""

from __future__ import annotations

import re

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def understand(text: str) -> str | None:
    """The code in capitals without blanks; None when it is none, or its check digit is wrong.

    Registration authority and kind, six digits of the region (GB/T 2260), nine of the unit, one
    that checks: 31 less the weighted sum, modulo 31.
    """
    code = re.sub(r"[\s-]", "", text).upper()
    if not _SHAPE.fullmatch(code) or code[17] != check_digit(code[:17]):
        return None
    return code


def check_digit(first: str) -> str:
    """The eighteenth character of the first seventeen."""
    total = sum(_ALPHABET.index(one) * weight for one, weight in zip(first, _WEIGHTS, strict=True))
    return _ALPHABET[-total % len(_ALPHABET)]
