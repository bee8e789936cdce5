"""What a kiosk is told at sign-on: amounts, notes, waiting times; by a version of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reserve_funds.custody.rules.rule import Profile

NOTES_FEN = (1_000, 2_000, 5_000, 10_000)
"""The notes a kiosk's acceptor takes: 10, 20, 50 and 100 yuan. It gives no change: every note
that fell is part of the order."""

OFFERED_FEN = (1_000, 2_000, 5_000, 10_000, 20_000)


def for_profile(profile: Profile) -> dict[str, Any]:
    """The parameters of a kiosk whose pool has this rule profile; all money in fen."""
    cash = profile.rule("R19")
    return {
        "cash_per_card_and_day_fen": cash.number("cash_fen") if cash else None,
        "notes_fen": list(NOTES_FEN),
        "offered_fen": list(OFFERED_FEN),
        "gives_change": False,
        "heartbeat_seconds": 60,
        "session_seconds": 60,
        "records_per_call": 200,
        "clock_skew_seconds": 60,
        "rule_profile": profile.name,
    }


def version_of(parameters: Mapping[str, Any]) -> str:
    """16 hex digits that follow from the content."""
    text = json.dumps(parameters, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
