"""What a check of a day says: each gate with its rule and rows, and what became of the day."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row that a gate found: what it is about, an amount, and small facts about it."""

    subject: str
    detail: str
    amount_fen: int = 0

    def as_facts(self) -> dict[str, Any]:
        return {"subject": self.subject, "detail": self.detail, "amount_fen": self.amount_fen}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate at one check. `blocks`: the day cannot be sealed; else only under an exception.

    A gate that passed may still list findings: differences that are explained and known.
    """

    rule: str
    zh: str
    en: str
    passed: bool
    blocks: bool
    findings: tuple[Finding, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of what it says: what two officers sign and the database keeps."""
        found = json.dumps(self.as_facts(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(found.encode()).digest()

    def as_facts(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "passed": self.passed,
            "blocks": self.blocks,
            "findings": [finding.as_facts() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """What became of a day: `closed`, or `blocked` by gates that did not pass.

    `needs_exception`: nothing blocks, but two officers must sign what is true and bad.
    """

    pool: int
    day: date
    state: str
    gates: tuple[Gate, ...]
    checked_at: datetime

    @property
    def blocking(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.passed and gate.blocks)

    @property
    def excepted(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.passed and not gate.blocks)

    @property
    def needs_exception(self) -> bool:
        return self.state == "blocked" and not self.blocking and bool(self.excepted)


def exception_words(gates: tuple[Gate, ...]) -> str:
    """What two officers sign: each gate that did not pass, and the digest of what it found."""
    ordered = sorted(gates, key=lambda each: each.rule)
    return "\n".join(f"{gate.rule}|{gate.digest.hex()}" for gate in ordered)
