"""Assisted sessions end by their time."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock
from accounts.schedules import every
from gateway.assisting import queries


def end_late() -> None:
    """What the schedule runs every minute."""
    queries.end_late(clock.now())


every("assisting.end_late", "gateway.assisting.tasks.end_late", timedelta(minutes=1))
