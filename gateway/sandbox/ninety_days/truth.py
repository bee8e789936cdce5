"""Ground truth, kept beside the house: what was injected, when it was found, how it was ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from gateway.sandbox.ninety_days.faults import EXPECTED, Fault

Reaction = Callable[[date], None]


@dataclass(slots=True, kw_only=True)
class Truth:
    """One injected fault. `subjects`: by any of these names the house may tell of it.

    `reaction` is what the outside does about it after the house has acted (or, when officers only
    wait, once it is found); it is given the day on which it may happen.
    """

    fault: Fault
    pool: int
    day: date
    subjects: tuple[str, ...]
    reaction: Reaction | None = None
    waits: bool = False
    found_on: date | None = None
    ended_on: date | None = None
    how: str = ""


@dataclass(slots=True)
class Book:
    """All of it for one pool, found again by relation and subject."""

    truths: list[Truth] = field(default_factory=list)
    _by_subject: dict[tuple[str, str, str], Truth] = field(default_factory=dict)
    habits: set[tuple[str, str]] = field(default_factory=set)

    def inject(self, truth: Truth) -> Truth:
        """Remembers it under every name it can have."""
        expected = EXPECTED[truth.fault]
        self.truths.append(truth)
        for subject in truth.subjects:
            self._by_subject[expected.relation, expected.word, subject] = truth
        return truth

    def found(self, relation: str, word: str, subject: str) -> Truth | None:
        """Which injected fault this is; None for a false alarm (or a habit of a channel)."""
        return self._by_subject.get((relation, word, subject))

    def habit(self, word: str, subject: str) -> None:
        """A channel's habit that officers must see: expected, and no fault."""
        self.habits.add((word, subject))
