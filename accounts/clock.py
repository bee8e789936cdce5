"""The only place that reads the clock, and the rule of which business day a moment falls in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC. Entry points call it; everybody below is given it."""
    return datetime.now(UTC)


def business_day(moment: datetime) -> date:
    """The day in Asia/Shanghai that holds `moment`; a moment without a zone is a ValueError."""
    return aware(moment).astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """Midnight in Asia/Shanghai at which `day` begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def aware(moment: datetime) -> datetime:
    """`moment` itself when it has a zone, else ValueError: a naive time is a mistake of ours."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return moment
