"""免打扰: within which hours no short message goes out, as data; urgent ones know no hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `begins` on until `ends`, by Shanghai's clock; over midnight when it ends earlier."""

    begins: time
    ends: time


def read(text: str) -> QuietHours | None:
    """`22:00-08:00` as hours, empty as none; ValueError for anything else."""
    if not text:
        return None
    begins, dash, ends = text.partition("-")
    hours = QuietHours(begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))
    if not dash or hours.begins == hours.ends:
        raise ValueError(f"no hours: {text[:40]!r}")
    return hours


def allowed_at(now: datetime, hours: QuietHours | None) -> datetime:
    """The first moment from `now` on that is not quiet."""
    if hours is None:
        return now
    here = now.astimezone(_SHANGHAI)
    clock = here.time()
    overnight = hours.ends < hours.begins
    after, before = clock >= hours.begins, clock < hours.ends
    if not (after or before if overnight else after and before):
        return now
    day = here.date() + timedelta(days=1 if overnight and after else 0)
    return datetime.combine(day, hours.ends, _SHANGHAI).astimezone(now.tzinfo)
