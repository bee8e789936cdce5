"""Tries to close what was cut, and looks again at what is closed: seals, reports, the history."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, schedules
from reserve_funds.custody.closing import keeping, services, watching
from reserve_funds.ledger import sealing


def close_days() -> None:
    """Every cut day whose gates pass is sealed; what is mended stops nothing any more."""
    services.close_due(clock.now())
    services.lift_all_mended(clock.now())


def check_seals() -> None:
    """Every pool's seals verify by the pinned keys."""
    for pool in sealing.pools():
        watching.check_seals(pool, now=clock.now())


def check_books() -> None:
    """The whole history of one pool, the one that waited longest: all pools in turn."""
    pool = watching.next_pool()
    if pool is not None:
        watching.rederive(pool, now=clock.now())


def keep_reports() -> None:
    """The daily report of every closed day is kept, and those kept are told again."""
    now = clock.now()
    keeping.keep_due(now)
    keeping.tell_again(now)


schedules.every("custody-close", "reserve_funds.custody.closing.tasks.close_days",
                timedelta(minutes=15))  # fmt: skip
schedules.every("custody-seals", "reserve_funds.custody.closing.tasks.check_seals",
                timedelta(hours=6))  # fmt: skip
schedules.every("custody-books", "reserve_funds.custody.closing.tasks.check_books",
                timedelta(hours=1))  # fmt: skip
schedules.every("custody-kept-reports", "reserve_funds.custody.closing.tasks.keep_reports",
                timedelta(hours=1))  # fmt: skip
