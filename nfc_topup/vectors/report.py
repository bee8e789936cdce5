"""What a replay found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as recorded. `where` names the command or the value."""

    exchange: str
    where: str
    ours: str
    recorded: str

    def __str__(self) -> str:
        return f"{self.exchange}: {self.where}: ours {self.ours}, recorded {self.recorded}"


@dataclass(slots=True, kw_only=True)
class Report:
    """Differences in the order they were found, what was compared, and what was left out."""

    differences: list[Difference] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def differ(self, exchange: str, where: str, ours: object, recorded: object) -> None:
        """Write a difference down."""
        self.differences.append(
            Difference(exchange=exchange, where=where, ours=str(ours), recorded=str(recorded))
        )

    def compare(self, kind: str, exchange: str, where: str, ours: object, recorded: object) -> None:
        """Count a comparison, and write it down when the two differ."""
        self.compared[kind] += 1
        if ours != recorded:
            self.differ(exchange, where, ours, recorded)
