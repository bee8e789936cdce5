"""How long card services take and what they may pay in cash, by rule profile, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

PACKAGED = Path(__file__).with_name("terms.toml")
LOTS = ("fifo", "lifo")


class TermsFaulty(ValueError):
    """The file of terms cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one profile. A wait is never shorter than the latest upload of a trip."""

    loss_hours: int
    wait_days: int
    latest_upload_days: int
    cash_most_fen: int
    lots: str

    def __post_init__(self) -> None:
        numbers = (self.loss_hours, self.wait_days, self.latest_upload_days, self.cash_most_fen)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise TermsFaulty("hours, days and fen are whole numbers")
        if self.wait_days < self.latest_upload_days:
            raise TermsFaulty("wait_days is shorter than latest_upload_days")
        if self.lots not in LOTS:
            raise TermsFaulty(f"lots is one of {LOTS}")

    @property
    def until_in_force(self) -> timedelta:
        """From a loss report to its effect."""
        return timedelta(hours=self.loss_hours)

    @property
    def wait(self) -> timedelta:
        """From then, or from the card handed in, until the balance may move."""
        return timedelta(days=self.wait_days)


@cache
def read(path: Path) -> dict[str, Terms]:
    """The terms of every profile in this file. TermsFaulty."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Terms(**words) for name, words in told.items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError) as wrong:
        raise TermsFaulty(str(wrong)[:200]) from wrong


def of_profile(name: str, path: Path = PACKAGED) -> Terms:
    """The terms of that profile. TermsFaulty when the file does not tell any."""
    found = read(path).get(name)
    if found is None:
        raise TermsFaulty(f"no terms for profile {name}")
    return found
