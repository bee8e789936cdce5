"""The only place where the channels' yuan text and integers meet: exact, or refused."""

import re
from decimal import Decimal

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_FEE = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,5})?")


def fen_of_yuan(text: str) -> int:
    """Fen of a non-negative yuan amount with at most two decimals; ValueError for anything else."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"not a yuan amount with at most two decimals: {text[:40]!r}")
    return int(Decimal(text) * 100)


def yuan_of_fen(amount_fen: int) -> str:
    """The yuan text of a non-negative amount, always with two decimals; ValueError below zero."""
    if amount_fen < 0:
        raise ValueError("less than nothing")
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def hundred_thousandths_of_yuan(text: str) -> int:
    """1/100000 yuan (1 fen = 1000) of a fee with up to five decimals; else ValueError."""
    if not _FEE.fullmatch(text):
        raise ValueError(f"not a fee with at most five decimals: {text[:40]!r}")
    return int(Decimal(text) * 100_000)
