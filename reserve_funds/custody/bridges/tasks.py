"""Between pools: watched every ten minutes; netted and made due once a day, as early as it can."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from reserve_funds.custody.bridges import services, watching


def watch() -> None:
    """What arrived, and what is late."""
    watching.watch(clock.now())


def settle() -> None:
    """Each pair's netting and settlement of the day; again the same day is nothing."""
    services.settle_all(clock.now())


schedules.every(
    "custody-bridges-watch", "reserve_funds.custody.bridges.tasks.watch", timedelta(minutes=10)
)
schedules.every(
    "custody-bridges-settle", "reserve_funds.custody.bridges.tasks.settle", timedelta(hours=1)
)
