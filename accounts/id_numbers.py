"""Resident identity numbers (GB 11643): understood, shown masked, found by a keyed digest."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date

from accounts import secrets
from accounts.citizen_errors import IdNumberNotUnderstood

KEY = "id-number-index"
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_BASE = 11
_CHECKS = "10X98765432"


def understand(text: str, today: date) -> str:
    """The 18 characters, X as a capital; IdNumberNotUnderstood (which never tells them).

    Shape, date of birth and check character (ISO 7064, MOD 11-2) are looked at.
    """
    number = re.sub(r"[ \-]", "", text.strip()).upper()
    if not _SHAPE.fullmatch(number) or check_of(number[:17]) != number[17]:
        raise IdNumberNotUnderstood(length=len(number))
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdNumberNotUnderstood(length=len(number)) from None
    if not date(1900, 1, 1) <= born <= today:
        raise IdNumberNotUnderstood(length=len(number))
    return number


def check_of(first: str) -> str:
    """The check character of the first seventeen digits."""
    weights = (pow(2, 17 - at, _BASE) for at in range(17))
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return _CHECKS[total % _BASE]


def masked(number: str) -> str:
    """The first and the last of the 18 characters: `4****************X`."""
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"


def digest(number: str) -> bytes:
    """HMAC-SHA256: equal numbers meet in it, and nobody without the key reads it."""
    return hmac.digest(secrets.read_key(KEY), number.encode(), hashlib.sha256)
