"""Placements are looked at every five minutes, and follow their instructions."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from reserve_funds.custody.placements import following, returning


def watch() -> None:
    """Those that are back, and those that should be."""
    now = clock.now()
    following.watch(now)
    returning.expire(now)


schedules.every(
    "custody-placements", "reserve_funds.custody.placements.tasks.watch", timedelta(minutes=5)
)
