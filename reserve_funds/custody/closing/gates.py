"""The registry of gates: each with its rule, whether it blocks, and the check that tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from reserve_funds.custody.closing.values import Finding, Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a gate is asked about: a pool's day, and the moment the check is made.

    `check` is the number of the check under way; None: somebody only looks.
    """

    pool: int
    day: date
    now: datetime
    check: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a gate says. Findings with `passed` are listed and stop nothing."""

    passed: bool
    findings: tuple[Finding, ...] = ()


Check = Callable[[Look], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Registered:
    rule: str
    zh: str
    en: str
    blocks: bool
    check: Check


_GATES: dict[str, _Registered] = {}


def gate(rule: str, *, zh: str, en: str, blocks: bool) -> Callable[[Check], Check]:
    """Registers the gate of a rule; one check a rule.

    `blocks`: an integrity gate, that no signature opens. Otherwise a true but bad condition.
    """

    def registered(check: Check) -> Check:
        known = _GATES.setdefault(
            rule, _Registered(rule=rule, zh=zh, en=en, blocks=blocks, check=check)
        )
        if known.check is not check:
            raise ValueError(f"the gate {rule} is registered already")
        return check

    return registered


def run(look: Look) -> tuple[Gate, ...]:
    """Every gate, integrity first, in the order they were registered."""
    ordered = sorted(_GATES.values(), key=lambda each: not each.blocks)
    return tuple(_tried(each, look) for each in ordered)


def run_one(rule: str, look: Look) -> Gate:
    """The gate of one rule alone; KeyError when there is none."""
    return _tried(_GATES[rule], look)


def rules() -> list[tuple[str, bool]]:
    """(rule, whether it blocks) of every gate there is."""
    return [(each.rule, each.blocks) for each in _GATES.values()]


def words() -> dict[str, tuple[str, str]]:
    """What the gate of each rule says, in Chinese and English."""
    return {each.rule: (each.zh, each.en) for each in _GATES.values()}


def nothing_found(findings: list[Finding]) -> Answer:
    """Passed when there are no findings."""
    return Answer(passed=not findings, findings=tuple(findings))


def _tried(registered: _Registered, look: Look) -> Gate:
    answer = registered.check(look)
    return Gate(
        rule=registered.rule,
        zh=registered.zh,
        en=registered.en,
        passed=answer.passed,
        blocks=registered.blocks,
        findings=answer.findings,
    )
