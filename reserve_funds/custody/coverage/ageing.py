"""How old cash and cover due are in working days, by when each must be settled, what is late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from reserve_funds.chart import CoverReason
from reserve_funds.custody.coverage.values import Coverage
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.custody.rules.rule import Profile

CASH, COVER = "R3", "R7"
_SAME_DAY = frozenset({CoverReason.PLACEMENT_LOSS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """Cash in one box, or cover due for one reason, and its age.

    `deadline`: the last day for the oldest of it; None when the profile sets no time.
    `late_fen`: what of it should have been settled before today. `working_days`: the age of the
    oldest, None in a year whose working days nobody has told.
    """

    subject: str
    fen: int
    oldest: date
    working_days: int | None
    deadline: date | None
    late_fen: int


def cash(coverage: Coverage, profile: Profile, today: date) -> list[Aged]:
    """Cash accepted and not yet banked, box by box, the oldest first (R3)."""
    allowed = _working_days(profile, CASH)
    boxes = (part for part in coverage.held if part.kind == "cash_in_transit")
    return _oldest_first(_aged(box.owner, box.ages, allowed, today) for box in boxes if box.ages)


def cover_due(coverage: Coverage, profile: Profile, today: date) -> list[Aged]:
    """Own money due by reason, oldest first (R7, I10); a placement's loss is due at once (R11)."""
    allowed = _working_days(profile, COVER)
    return _oldest_first(
        _aged(due.reason, due.ages, 0 if due.reason in _SAME_DAY else allowed, today)
        for due in coverage.cover_due
        if due.ages
    )


def last_day(day: date, allowed: int) -> date:
    """The last of `allowed` working days after `day`.

    In a year nobody has told plain days count: they never end later than working days.
    """
    try:
        return calendar.add_working(day, allowed)
    except CalendarUnknown:
        return day + timedelta(days=allowed)


def _aged(
    subject: str, ages: tuple[tuple[date, int], ...], allowed: int | None, today: date
) -> Aged:
    oldest = min(day for day, _fen in ages)
    late = [] if allowed is None else [fen for day, fen in ages if last_day(day, allowed) < today]
    return Aged(
        subject=subject,
        fen=sum(fen for _day, fen in ages),
        oldest=oldest,
        working_days=_age(oldest, today),
        deadline=None if allowed is None else last_day(oldest, allowed),
        late_fen=sum(late),
    )


def _age(day: date, today: date) -> int | None:
    try:
        return calendar.working_days_between(day, today)
    except CalendarUnknown:
        return None


def _working_days(profile: Profile, rule_id: str) -> int | None:
    rule = profile.rule(rule_id)
    return None if rule is None else rule.number("working_days")


def _oldest_first(found: Iterable[Aged]) -> list[Aged]:
    return sorted(found, key=lambda aged: (aged.oldest, aged.subject))
