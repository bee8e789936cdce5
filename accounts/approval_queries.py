"""Which approvals wait for whom, and who may look at which: questions that pages ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Approval, Person

Grants = Iterable[tuple[str, int | None]]
"""Roles in force: the role, and the pool it is for (None: the whole province)."""


def to_decide(person: Person, grants: Grants, now: datetime) -> QuerySet[Approval]:
    """What this person may decide now: asked by others, not past its time; oldest first.

    The same rule as the database's own (`accounts_decide_approval`), which has the last word.
    """
    open_still = Approval.objects.filter(state="asked", expires_at__gt=now).exclude(maker=person)
    return open_still.filter(_checked_by(grants)).order_by("id")


def visible_to(person: Person, grants: Grants, *, overseers: Collection[str]) -> QuerySet[Approval]:
    """What this person may read: asked or decided by them, theirs to check, or overseen by them.

    `overseers` are the roles that read everything of their pools. Newest first.
    """
    kept = list(grants)
    seen = Q(maker=person) | Q(checker=person) | _checked_by(kept)
    overseen = {pool for role, pool in kept if role in overseers}
    if None in overseen:
        return Approval.objects.order_by("-id")
    seen |= Q(pool__in=overseen)
    return Approval.objects.filter(seen).order_by("-id")


def pool_of(approval_id: UUID) -> int | None:
    """The pool of an approval; None when there is no such approval."""
    return Approval.objects.filter(pk=approval_id).values_list("pool", flat=True).first()


def _checked_by(grants: Grants) -> Q:
    mine = Q(pk__in=[])
    for role, pool in grants:
        mine |= Q(checker_role=role) if pool is None else Q(checker_role=role, pool=pool)
    return mine
