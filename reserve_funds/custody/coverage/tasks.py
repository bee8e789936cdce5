"""Coverage is watched every five minutes."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from reserve_funds.custody.coverage import watching


def watch() -> None:
    """Cases for what is short or late."""
    watching.watch(clock.now())


schedules.every(
    "custody-coverage", "reserve_funds.custody.coverage.tasks.watch", timedelta(minutes=5)
)
