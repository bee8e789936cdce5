"""How much deposit each operator takes, and for which returns of a card it goes back, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

PACKAGED = Path(__file__).with_name("terms.toml")
WHYS: Final = frozenset({"given_up", "unreadable", "expired", "new_phone", "lost"})


class DepositTermsFaulty(ValueError):
    """The file of terms cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One operator's terms; 0 fen takes none."""

    amount_fen: int
    back_for: tuple[str, ...]

    def __post_init__(self) -> None:
        if type(self.amount_fen) is not int or self.amount_fen < 0:
            raise DepositTermsFaulty("amount_fen is a whole number")
        if not set(self.back_for) <= WHYS:
            raise DepositTermsFaulty(f"back_for is of {sorted(WHYS)}")


@cache
def read(path: Path) -> tuple[Terms, dict[str, Terms]]:
    """What holds by default, and by operator's code. DepositTermsFaulty."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        default = told.pop("default")
        own = told.pop("operators", {})
        if told:
            raise DepositTermsFaulty(f"unknown: {sorted(told)}")
        return _terms(default), {code: _terms(default | words) for code, words in own.items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError) as wrong:
        raise DepositTermsFaulty(str(wrong)[:200]) from wrong


def of_operator(code: str, path: Path = PACKAGED) -> Terms:
    """The terms of the operator with this code. DepositTermsFaulty."""
    default, own = read(path)
    return own.get(code, default)


def _terms(words: dict[str, Any]) -> Terms:
    known = dict(words)
    return Terms(back_for=tuple(known.pop("back_for")), **known)
