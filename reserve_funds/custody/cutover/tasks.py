"""Legacy cards that proved a balance are moved to their purses."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from reserve_funds.custody.cutover import services


def see_cards() -> None:
    """Whatever legacy card was seen since."""
    for pool in services.pools_with_legacy():
        services.see_proved(pool, now=clock.now())


schedules.every("custody-legacy-cards", "reserve_funds.custody.cutover.tasks.see_cards",
                timedelta(minutes=10))  # fmt: skip
