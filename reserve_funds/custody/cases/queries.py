"""Which cases are open, which are late, and what was told of one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import F, QuerySet

from reserve_funds.custody.cases.models import OPEN, Case, CaseNote


def open_of(pool: int | None = None) -> list[Case]:
    """Every open case of a pool, of all pools for None; the nearest deadline first."""
    return list(_open(pool))


def open_about(kind: str, *, pool: int | None, subject: str) -> Case | None:
    """The open case of this kind and subject of a pool (None: of no pool)."""
    return Case.objects.filter(kind=kind, pool=pool, subject=subject, state=OPEN).first()


def overdue(pool: int | None = None, *, today: date) -> list[Case]:
    """The open cases whose last day is over, the latest first."""
    return list(_open(pool).filter(deadline__lt=today))


def notes_of(case_id: UUID) -> list[CaseNote]:
    """What was told of a case after it was opened, oldest first."""
    return list(CaseNote.objects.filter(case_id=case_id).order_by("id"))


def _open(pool: int | None) -> QuerySet[Case]:
    rows = Case.objects.filter(state=OPEN)
    if pool is not None:
        rows = rows.filter(pool=pool)
    return rows.order_by(F("deadline").asc(nulls_last=True), "opened_at", "id")
