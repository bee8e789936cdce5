"""Every place at which the plug may be pulled: each passes here, and one may be chosen to die at.

A step lies before and after everything that leaves a trace outside this process's memory: a line
of the journal (also half written), a word to the house, a command to the card, a word to the
cabinet. So the places are counted by running the code, and no list of them can go stale.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field

DIES_AT = "REFERENCE_KIOSK_DIES_AT"


@dataclass(slots=True)
class Steps:
    """Counts steps; at number `dies_at` this process ends as if the plug had been pulled."""

    dies_at: int = 0
    passed: int = 0
    names: list[str] = field(default_factory=list)

    def pass_(self, name: str) -> None:
        """One more step."""
        self.passed += 1
        self.names.append(name)
        if self.passed == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def from_environment() -> Steps:
    """The steps of this process; without the variable none is deadly."""
    return Steps(dies_at=int(os.environ.get(DIES_AT, "0")))
