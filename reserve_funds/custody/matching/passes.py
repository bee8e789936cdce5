"""Which sides meet and how, read from data and held to a schema; no framework, no database."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from reserve_funds.custody.errors import MatchingFaulty
from reserve_funds.custody.matching.values import Side, Sort

KEYS = ("key", "number", "batch", "story")
KINDS = ("one", "sum")
MEASURES = ("amount", "net")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One way in which lines of two sides find each other: by which key of each, how exactly."""

    name: str
    kind: str
    left_key: str
    right_key: str
    tolerance_fen: int
    tolerance_days: int

    def __post_init__(self) -> None:
        if {self.left_key, self.right_key} - set(KEYS) or self.kind not in KINDS:
            raise ValueError(f"pass {self.name!r} names a key or kind that there is not")
        if self.tolerance_fen < 0 or self.tolerance_days < 0:
            raise ValueError(f"pass {self.name!r} has a negative tolerance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Two sides that tell of the same money, and what it is called when they differ.

    `knows_files`: left lines whose whole batch is unknown to the right are one missing file.
    `small_is_fee`: a sum that differs by no more than its fee differs in the fee.
    `nothing_is_balanced`: left lines that cancel each other need no partner.
    `more_is_urgent`: more on the right is told after the grace, not after the days of waiting.
    `waits_working_days`: it waits until so many working days have passed too, where banks rest.
    """

    name: str
    number: int
    left: Side
    right: Side
    compares: str
    waits_days: int
    grace_minutes: int
    left_alone: Sort
    right_alone: Sort
    right_more: Sort
    right_less: Sort
    passes: tuple[Pass, ...]
    knows_files: bool = False
    small_is_fee: bool = False
    nothing_is_balanced: bool = False
    more_is_urgent: bool = False
    waits_working_days: int = 0

    def __post_init__(self) -> None:
        if self.compares not in MEASURES or self.left == self.right or not self.passes:
            raise ValueError(f"relation {self.name!r} is not whole")
        if any(one.kind == "sum" for one in self.passes[:-1]):
            raise ValueError(f"relation {self.name!r}: a pass of sums comes last")


@cache
def relations() -> tuple[Relation, ...]:
    """The relations of the house in the order in which they are matched. MatchingFaulty."""
    file = resources.files("reserve_funds.custody.matching") / "passes.toml"
    return relations_of(file.read_text(encoding="utf-8"))


def by_name(name: str) -> Relation:
    """The relation of that name; KeyError."""
    return {each.name: each for each in relations()}[name]


def relations_of(text: str) -> tuple[Relation, ...]:
    """The relations a TOML text describes. MatchingFaulty names the first thing that is wrong."""
    try:
        found = tuple(_relation(entry) for entry in tomllib.loads(text)["relations"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as wrong:
        raise MatchingFaulty(str(wrong)[:200]) from wrong
    for told in ("name", "number"):
        if len({getattr(each, told) for each in found}) != len(found):
            raise MatchingFaulty(f"two relations have one {told}")
    return found


def _relation(entry: Mapping[str, Any]) -> Relation:
    told = {name: value for name, value in entry.items() if name != "passes"}
    for name in ("left", "right"):
        told[name] = Side(told[name])
    for name in ("left_alone", "right_alone", "right_more", "right_less"):
        told[name] = Sort(told[name])
    return Relation(**told, passes=tuple(Pass(**each) for each in entry["passes"]))
