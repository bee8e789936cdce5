"""R13: what net assets must come to, by regressive shares of the daily average reserve."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_STEPS = Path(__file__).with_name("capital_steps.toml")


def net_assets_due_fen(average_fen: int, *, first_fen: int, first_per_mille: int) -> int:
    """The profile's share of the first step and the falling shares above it; rounded up."""
    due, low = 0, 0
    for bound, per_mille in ((first_fen, first_per_mille), *further_steps()):
        high = average_fen if bound is None else min(average_fen, bound)
        due += max(0, high - low) * per_mille
        low = max(low, high)
    return -(-due // 1000)


@cache
def further_steps() -> tuple[tuple[int | None, int], ...]:
    """(up to, per mille) of each step above the first, rising; the last has no bound."""
    told = tomllib.loads(_STEPS.read_text(encoding="utf-8"))
    return tuple((each.get("up_to_fen"), each["per_mille"]) for each in told["steps"])
