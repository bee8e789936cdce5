"""Compares what the house found with what was injected: recall, precision, and what is unended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.clock import business_day
from gateway.sandbox.ninety_days.faults import CASE, EXPECTED, Fault
from gateway.sandbox.ninety_days.truth import Truth
from gateway.sandbox.ninety_days.world import World
from reserve_funds.custody.cases.models import RESOLVED, Case
from reserve_funds.custody.coverage.watching import SHORTFALL
from reserve_funds.custody.matching.ending import CASES
from reserve_funds.custody.matching.models import Difference
from reserve_funds.custody.matching.passes import relations

_OVER = ("ended", "settled")
# the shortfall of an ordinary day is true (fees are withheld daily); differences count themselves
_NOT_COUNTED = frozenset({SHORTFALL, *CASES.values()})


@dataclass(slots=True, kw_only=True)
class Score:
    """One kind of fault: how often it was injected, found under its name, and ended, and how."""

    fault: Fault
    zh: str
    relation: str
    word: str
    injected: int = 0
    found: int = 0
    ended: int = 0
    how: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """Found of injected."""
        return self.found / self.injected if self.injected else 1.0


@dataclass(slots=True, kw_only=True)
class Count:
    """All scores, and every alarm by its name: how many there were and how many were false."""

    scores: dict[Fault, Score]
    alarms: Counter[tuple[str, str]]
    false: Counter[tuple[str, str]]
    false_about: list[str]
    habits: int
    unended: list[str]

    def precision(self, relation: str, word: str) -> float:
        """True alarms of all alarms of this name."""
        alarms = self.alarms[relation, word]
        return 1 - self.false[relation, word] / alarms if alarms else 1.0

    @property
    def is_perfect(self) -> bool:
        """Everything found under its name and ended, and nothing else was ever told."""
        whole = all(one.found == one.injected == one.ended for one in self.scores.values())
        return whole and not self.false and not self.unended

    def rows(self) -> list[dict[str, Any]]:
        """One row for each kind of fault, as reports show it."""
        return [
            {
                "fault": one.fault.value,
                "zh": one.zh,
                "relation": one.relation,
                "found_as": one.word,
                "injected": one.injected,
                "found": one.found,
                "recall": one.recall,
                "precision": self.precision(one.relation, one.word),
                "ended": one.ended,
                "how": dict(one.how),
            }
            for one in self.scores.values()
        ]


def counted(worlds: Sequence[World]) -> Count:
    """Reads every difference and case of these pools and sets them beside the truth."""
    scores = {
        fault: Score(fault=fault, zh=each.zh, relation=each.relation, word=each.word)
        for fault, each in EXPECTED.items()
    }
    count = Count(
        scores=scores,
        alarms=Counter(),
        false=Counter(),
        false_about=[],
        habits=0,
        unended=[],
    )
    for world in worlds:
        for one in world.truths.truths:
            scores[one.fault].injected += 1
        _told(count, world, [*_differences(world), *_cases(world)])
        _refused_files(count, world.truths.truths)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alarm:
    relation: str
    word: str
    subject: str
    is_over: bool
    over_on: Any


def _told(count: Count, world: World, alarms: Iterable[_Alarm]) -> None:
    found: set[int] = set()
    for alarm in alarms:
        if alarm.relation == CASE and (alarm.word, alarm.subject) in world.truths.habits:
            # the fee of the last week is covered after the last day
            count.habits += 1
            continue
        name = (alarm.relation, alarm.word)
        count.alarms[name] += 1
        truth = world.truths.found(alarm.relation, alarm.word, alarm.subject)
        if truth is None or id(truth) in found:
            count.false[name] += 1
            count.false_about.append(f"pool {world.pool}: {' '.join(name)} {alarm.subject}")
            continue
        found.add(id(truth))
        _scored(count, world, truth, alarm)


def _scored(count: Count, world: World, truth: Truth, alarm: _Alarm) -> None:
    score = count.scores[truth.fault]
    score.found += 1
    if alarm.is_over:
        score.ended += 1
        truth.ended_on = business_day(alarm.over_on)
        score.how[truth.how or "by itself"] += 1
    else:
        count.unended.append(f"pool {world.pool}: {truth.fault.value} {alarm.subject}")


def _refused_files(count: Count, truths: Iterable[Truth]) -> None:
    for truth in truths:
        if truth.fault is Fault.CORRECTED and truth.found_on is not None:
            score = count.scores[truth.fault]
            count.alarms[score.relation, score.word] += 1
            score.found += 1
            score.ended += truth.ended_on is not None
            score.how[truth.how] += 1


def _differences(world: World) -> Iterator[_Alarm]:
    names = {each.number: each.name for each in relations()}
    for row in Difference.objects.filter(pool=world.pool):
        yield _Alarm(
            relation=names[row.relation],
            word=row.sort,
            subject=row.about,
            is_over=row.state in _OVER,
            over_on=row.ended_at,
        )


def _cases(world: World) -> Iterator[_Alarm]:
    for row in Case.objects.filter(pool=world.pool).exclude(kind__in=_NOT_COUNTED):
        yield _Alarm(
            relation=CASE,
            word=row.kind,
            subject=row.subject,
            is_over=row.state == RESOLVED,
            over_on=row.resolved_at,
        )
