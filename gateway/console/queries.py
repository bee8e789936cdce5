"""What the console's pages read of other rooms, scoped to the pools of whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import approval_queries, duties, roles
from accounts.errors import ApprovalUnknown
from accounts.models import Approval, Duty
from gateway.console import contents
from gateway.console.seats import OVERSEERS, Seat

PAGE = 50
DUTY_READERS = frozenset({roles.ADMINISTRATOR, roles.FINANCE_OFFICER, *OVERSEERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line of what waits: so many of one thing in one pool (None: what has no pool)."""

    what: str | Promise
    meaning: str
    pool: int | None
    count: int
    oldest: datetime
    value_fen: int | None
    address: str


def waiting_for(seat: Seat, now: datetime) -> list[Waiting]:
    """Everything that waits for this officer, the most urgent kind first, by pool."""
    return [*_approvals_waiting(seat, now), *_duties_given_up(seat)]


def approvals_to_decide(seat: Seat, now: datetime) -> list[Approval]:
    """The approvals this officer may decide, oldest first, at most one page."""
    return list(approval_queries.to_decide(seat.person, seat.grants, now)[:PAGE])


def approvals_asked_by(seat: Seat, before: UUID | None) -> list[Approval]:
    """What this officer asked for, newest first, a page and one more."""
    rows = _visible(seat).filter(maker=seat.person)
    return list(_before(rows, before))


def approvals_all(seat: Seat, before: UUID | None) -> list[Approval]:
    """Every approval this officer may read, newest first, a page and one more."""
    return list(_before(_visible(seat), before))


def approval(seat: Seat, approval_id: UUID) -> Approval:
    """One approval this officer may read; another pool's is ApprovalUnknown."""
    found = _visible(seat).filter(pk=approval_id).first()
    if found is None:
        raise ApprovalUnknown(id=approval_id)
    return found


def may_decide(seat: Seat, asked: Approval, now: datetime) -> bool:
    """Whether this officer may decide it now: open, asked by another, theirs to check."""
    return approval_queries.to_decide(seat.person, seat.grants, now).filter(pk=asked.pk).exists()


def given_up() -> list[Duty]:
    """Every duty past its schedule."""
    return duties.given_up()


def people_of(rows: Iterable[Approval]) -> set[UUID]:
    """Whose names a list of approvals needs."""
    return {one for row in rows for one in (row.maker_id, row.checker_id) if one is not None}


def _approvals_waiting(seat: Seat, now: datetime) -> list[Waiting]:
    rows = list(approval_queries.to_decide(seat.person, seat.grants, now))
    lines: dict[int, Waiting] = {}
    for row in rows:
        worth = contents.amount_fen(row.content)
        line = lines.get(row.pool)
        if line is None:
            lines[row.pool] = Waiting(
                what=_("审批待复核"),
                meaning="waiting",
                pool=row.pool,
                count=1,
                oldest=row.asked_at,
                value_fen=worth,
                address=reverse("console:approvals"),
            )
        else:
            lines[row.pool] = replace(
                line, count=line.count + 1, value_fen=_sum([line.value_fen, worth])
            )
    return [lines[pool] for pool in sorted(lines)]


def _duties_given_up(seat: Seat) -> list[Waiting]:
    if not seat.reaches(None, DUTY_READERS):
        return []
    rows = duties.given_up()
    if not rows:
        return []
    oldest = min(row.finished_at or row.owed_at for row in rows)
    return [
        Waiting(
            what=_("未办成的任务"),
            meaning="wrong",
            pool=None,
            count=len(rows),
            oldest=oldest,
            value_fen=None,
            address=reverse("console:duties"),
        )
    ]


def _visible(seat: Seat) -> QuerySet[Approval]:
    return approval_queries.visible_to(seat.person, seat.grants, overseers=OVERSEERS)


def _before(rows: QuerySet[Approval], before: UUID | None) -> QuerySet[Approval]:
    return (rows if before is None else rows.filter(pk__lt=before))[: PAGE + 1]


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
