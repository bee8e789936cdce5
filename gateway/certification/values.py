"""What a certification is made of: scenarios, what each saw, and the report of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

Stage = TypeVar("Stage")


class Verdict(StrEnum):
    """`skipped`: the bank's profile has no such thing. `untried`: something was missing to try."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNTRIED = "untried"


class Family(StrEnum):
    """Who is tried: our door by pushes in the bank's words, or the bank by our questions."""

    PUSHES = "pushes"
    ORDERS = "orders"
    REFUNDS = "refunds"
    TRUST = "trust"
    BILLS = "bills"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a scenario expected and what happened, in plain words that are compared."""

    expected: str
    actual: str

    @property
    def agrees(self) -> bool:
        """Whether it happened as expected."""
        return self.expected == self.actual


class NotForThisBank(Exception):
    """The profile has no such thing: nothing to try."""


class CannotTry(Exception):
    """What the scenario needs is not there (a payer, an earlier order); says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Generic[Stage]):
    """One thing to try. `number` is stable: reports of different days can be compared."""

    number: str
    family: Family
    zh: str
    en: str
    act: Callable[[Stage], Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What there is to say of the last signed message: never a key, never a signature."""

    verdict: str
    why: str
    key_id: str
    canonical: str
    digests: Mapping[str, str]
    skew_seconds: int | None
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One scenario's outcome; `signature` only where it failed and a message was there."""

    number: str
    family: Family
    zh: str
    en: str
    verdict: Verdict
    expected: str = ""
    actual: str = ""
    milliseconds: int = 0
    signature: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole run."""

    bank: str
    bank_zh: str
    bank_en: str
    merchant_no: str
    endpoint: str
    began_at: datetime
    findings: tuple[Finding, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """FAILED when anything failed, UNTRIED when anything could not be tried, else PASSED."""
        seen = {finding.verdict for finding in self.findings}
        for worst in (Verdict.FAILED, Verdict.UNTRIED):
            if worst in seen:
                return worst
        return Verdict.PASSED

    def count(self, verdict: Verdict) -> int:
        """How many ended so."""
        return sum(finding.verdict is verdict for finding in self.findings)
