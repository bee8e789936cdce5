"""Approvals (审批): what one person asks, another decides, and the law lets be spent once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from accounts import roles, trail
from accounts.actors import Actor
from accounts.errors import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalPeriodWrong,
    ApprovalUnknown,
    FingerprintNotUnderstood,
    MakerIsChecker,
    NotAllowed,
    RoleUnknown,
)
from accounts.identifiers import new_id
from accounts.models import Approval, Person

_FINGERPRINT_SIZE = 32


def ask(
    *,
    maker: Person,
    purpose: str,
    pool: int,
    content: Mapping[str, Any],
    fingerprint: bytes,
    now: datetime,
    expires_at: datetime,
    checker_role: str,
) -> Approval:
    """Ask for an approval of `content`, which is frozen, until `expires_at`.

    `fingerprint` is the SHA-256 of what will be done with it; the spender recomputes it.
    `checker_role` is the role whoever decides must hold for the pool.
    FingerprintNotUnderstood, ApprovalPeriodWrong, RoleUnknown.
    """
    if len(fingerprint) != _FINGERPRINT_SIZE:
        raise FingerprintNotUnderstood(size=len(fingerprint))
    if expires_at <= now:
        raise ApprovalPeriodWrong(expires_at=expires_at.isoformat())
    if checker_role not in roles.ROLES:
        raise RoleUnknown(role=checker_role)
    with transaction.atomic():
        approval = Approval.objects.create(
            id=new_id(now),
            maker=maker,
            checker_role=checker_role,
            purpose=purpose,
            pool=pool,
            content=dict(content),
            fingerprint=fingerprint,
            asked_at=now,
            expires_at=expires_at,
        )
        actor = Actor(kind="officer", id=str(maker.pk))
        subject = f"approval:{approval.pk}"
        trail.record(
            "approval_asked", actor=actor, now=now, subject=subject, purpose=purpose, pool=pool
        )
    return approval


def frozen(row: Model) -> dict[str, Any]:
    """A row as an approval of it freezes it: every column but the approval's, as JSON has it."""
    fields = {
        each.attname: getattr(row, each.attname)
        for each in row._meta.concrete_fields
        if each.attname != "approval_id"
    }
    return json.loads(json.dumps(fields, default=str))  # type: ignore[no-any-return]


def fingerprint_of_words(purpose: str, content: Mapping[str, Any]) -> bytes:
    """What binds an approval whose content says all that will be done."""
    words = json.dumps([purpose, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode()).digest()


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> Approval:
    """A second person allows it; the same person approving again changes nothing.

    ApprovalUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided.
    """
    return _decide(approval_id, checker, "approved", now)


def refuse(approval_id: UUID, *, checker: Person, now: datetime) -> Approval:
    """A second person refuses it, for good; errors as for `approve`."""
    return _decide(approval_id, checker, "refused", now)


def get(approval_id: UUID) -> Approval:
    """The approval as it stands; ApprovalUnknown."""
    found = Approval.objects.filter(pk=approval_id).first()
    if found is None:
        raise ApprovalUnknown(id=approval_id)
    return found


def expire(*, limit: int = 1000) -> int:
    """Let what is past its time expire, by the database's clock; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.accounts_expire_approvals(%s)", [limit])
        return int(cursor.fetchone()[0])


def _decide(approval_id: UUID, checker: Person, verdict: str, now: datetime) -> Approval:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.accounts_decide_approval(%s, %s, %s, %s)",
            [approval_id, checker.pk, verdict, now],
        )
        outcome = cursor.fetchone()[0]
    if outcome in _REFUSALS:
        raise _REFUSALS[outcome](id=approval_id, checker=checker.pk, verdict=verdict)
    return get(approval_id)


_REFUSALS = {
    "unknown": ApprovalUnknown,
    "maker_is_checker": MakerIsChecker,
    "not_allowed": NotAllowed,
    "expired": ApprovalExpired,
    "decided": ApprovalDecided,
}
