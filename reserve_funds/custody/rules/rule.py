"""A rule and a profile as values: what binds, where it is written, how it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reserve_funds.handbook import Purpose

Parameter = int | bool | str | tuple[str, ...]


class Sort(StrEnum):
    """How a rule acts: it refuses, it keeps a day from closing, it alarms, or it is told."""

    REFUSAL = "refusal"
    GATE = "gate"
    ALERT = "alert"
    REPORT = "report"


class Confidence(StrEnum):
    """How well we know the clause: read, one public source, known but not read, unsure."""

    READ = "A"
    ONE_SOURCE = "B"
    NOT_READ = "C"
    UNSURE = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a profile. `parameters` are int (fen, days, per mille), words or lists of them.

    `kept_by` names the room that acts on it.
    """

    id: str
    zh: str
    en: str
    clause: str
    confidence: Confidence
    sort: Sort
    kept_by: str
    parameters: Mapping[str, Parameter]

    def number(self, name: str) -> int:
        """A parameter that is a number."""
        value = self.parameters[name]
        if type(value) is not int:
            raise TypeError(f"{self.id}.{name} is no number")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The regime a pool lives under: its permitted purposes and its rules by id."""

    name: str
    zh: str
    en: str
    grounds: str
    purposes: frozenset[Purpose]
    rules: Mapping[str, Rule]

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, None when this regime does not have it."""
        return self.rules.get(rule_id)

    def permits(self, purpose: Purpose) -> bool:
        """Whether the reserve may be used for this at all."""
        return purpose in self.purposes
