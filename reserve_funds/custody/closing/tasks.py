"""Tries to close what was cut: banks tell the day after, so it is tried again and again."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from reserve_funds.custody.closing import services


def close_days() -> None:
    """Every cut day whose gates pass is sealed; what is mended stops nothing any more."""
    services.close_due(clock.now())
    services.lift_all_mended(clock.now())


schedules.every("custody-close", "reserve_funds.custody.closing.tasks.close_days",
                timedelta(minutes=15))  # fmt: skip
