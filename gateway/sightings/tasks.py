"""Sightings are delivered every minute."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from gateway.sightings import delivering


def deliver() -> None:
    """What cards have proved since the last time."""
    delivering.deliver(clock.now())


schedules.every("sightings", "gateway.sightings.tasks.deliver", timedelta(minutes=1))
