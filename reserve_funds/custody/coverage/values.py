"""Coverage as values: where the money is, what is owed, and what own money must bring in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One account where customers' money lies or is on its way from. `fen` may be below zero.

    `ages` tells of which days what lies there is (cash: the day it was accepted), oldest first.
    """

    kind: str
    owner: str
    fen: int
    ages: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One kind of liability: what its holders are owed, and apart what some are overdrawn by.

    Both are zero or more and never netted; `holders` counts the accounts that are not at zero.
    """

    kind: str
    fen: int
    overdrawn_fen: int
    holders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverDue:
    """What own money must bring into the reserve for one reason, and since which days."""

    reason: str
    fen: int
    ages: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One pool's coverage at a moment, bottom-up per holder; `at` None: now.

    For every sound book: owed_fen - held_fen == cover_due_fen + overdrawn_fen.
    """

    pool: int
    at: datetime | None
    held: tuple[Held, ...]
    owed: tuple[Owed, ...]
    cover_due: tuple[CoverDue, ...]

    @property
    def held_fen(self) -> int:
        """Everything there is: at banks, placed, on its way. Cover that is due is not."""
        return sum(part.fen for part in self.held)

    @property
    def positive_liabilities_fen(self) -> int:
        """What all holders together are owed: the sum of max(0, balance) of each."""
        return sum(part.fen for part in self.owed)

    @property
    def overdrawn_fen(self) -> int:
        """What some holders have used beyond what was theirs, as a positive amount."""
        return sum(part.overdrawn_fen for part in self.owed)

    @property
    def cover_due_fen(self) -> int:
        """What the operator must bring in. A reason that was covered too much counts against it."""
        return sum(part.fen for part in self.cover_due)

    @property
    def shortfall_fen(self) -> int:
        """By how much there is less than is owed; zero or more."""
        return max(0, self.positive_liabilities_fen - self.held_fen)

    @property
    def is_short(self) -> bool:
        """Whether anything is missing."""
        return self.shortfall_fen > 0

    @property
    def ratio_bp(self) -> int | None:
        """Held per ten thousand owed, rounded down: 10,000 is never said of 99.999 percent.

        None when nothing is owed.
        """
        owed = self.positive_liabilities_fen
        return None if owed == 0 else self.held_fen * 10_000 // owed

    def held_of(self, kind: str) -> int:
        """What lies on all accounts of one kind."""
        return sum(part.fen for part in self.held if part.kind == kind)
