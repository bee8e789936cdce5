"""Locks before officers: which hold, until when, and how two officers lift one early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from accounts import approvals, people, roles, trail
from accounts.actors import Actor
from accounts.errors import ApprovalExpired, NotAllowed
from accounts.masking import mask_card_no
from accounts.models import Approval, Person
from nfc_topup import guarding
from nfc_topup.models import Lock
from nfc_topup.officer_errors import DecisionNotApproved, LockNotActive, LockUnknown, ReasonMissing

MAKER_ROLES = (roles.CLERK, roles.FINANCE_OFFICER, roles.SECURITY_OFFICER)
CHECKER_ROLE = roles.SECURITY_OFFICER
PURPOSE = "load_lock_lifted"
VALID_FOR = timedelta(hours=24)
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFacts:
    """One lock. `card` is masked, empty where every card is meant; `actor` is `kind:id`, empty
    where everybody is meant; `ends_at` None: until lifted."""

    lock_id: UUID
    scope: str
    card: str
    actor: str
    pool: int
    because: str
    failures: int
    locked_at: datetime
    ends_at: datetime | None


def in_force(pool: int | None, now: datetime) -> list[LockFacts]:
    """Locks that hold at `now`, the newest first; None: of every pool."""
    rows = Lock.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), state="active")
    if pool is not None:
        rows = rows.filter(pool=pool)
    return [_facts(row) for row in rows.select_related("application").order_by("-locked_at", "-id")]


def asked_to_lift(now: datetime) -> dict[UUID, UUID]:
    """Which locks somebody has asked to lift, each with the approval that waits for a second."""
    rows = Approval.objects.filter(purpose=PURPOSE, state="asked", expires_at__gt=now)
    found = rows.order_by("-asked_at").values_list("content__lock_id", "pk")
    return {UUID(lock_id): approval_id for lock_id, approval_id in found}


def propose_lift(lock_id: UUID, *, reason: str, maker: Person, now: datetime) -> Approval:
    """Somebody with a role in the lock's pool asks that it be lifted; a security officer decides.

    LockUnknown, LockNotActive, NotAllowed, ReasonMissing.
    """
    told = reason.strip()
    if not told or len(told) > LONGEST_REASON:
        raise ReasonMissing(length=len(told))
    lock = _active(lock_id, now)
    if not any(people.has_role(maker, role, lock.pool, now) for role in MAKER_ROLES):
        raise NotAllowed("somebody with a role in the pool asks", person=maker.pk, pool=lock.pool)
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=lock.pool,
        content={"lock_id": str(lock.id), "scope": lock.scope, "reason": told},
        fingerprint=_fingerprint(lock.id),
        now=now,
        expires_at=now + VALID_FOR,
        checker_role=CHECKER_ROLE,
    )


def approve_lift(approval_id: UUID, *, checker: Person, now: datetime) -> LockFacts:
    """A security officer allows it and the lock is lifted, with its count begun anew.

    ApprovalUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, LockNotActive.
    """
    with transaction.atomic():
        asked = approvals.get(approval_id)
        lock = _active(UUID(str(asked.content.get("lock_id", UUID(int=0)))), now)
        approvals.approve(approval_id, checker=checker, now=now)
        _lift(lock, approval_id, now)
        guarding.forget(lock)
        officer = Actor(kind="officer", id=str(checker.pk))
        trail.record("load_lock_lifted", actor=officer, now=now, subject=f"lock:{lock.id}",
                     scope=lock.scope, asked_by=asked.maker_id)  # fmt: skip
    return _facts(lock)


def _active(lock_id: UUID, now: datetime) -> Lock:
    lock = Lock.objects.select_related("application").filter(pk=lock_id).first()
    if lock is None:
        raise LockUnknown(id=lock_id)
    if lock.state != "active" or (lock.ends_at is not None and lock.ends_at <= now):
        raise LockNotActive(id=lock_id, state=lock.state)
    return lock


def _lift(lock: Lock, approval_id: UUID, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.nfc_topup_lift_lock(%s, %s, %s)", [lock.id, approval_id, now])
        said = cursor.fetchone()[0]
    if said == "expired":
        raise ApprovalExpired(id=approval_id)
    if said == "already_spent":
        raise LockNotActive(id=lock.id)
    if said != "spent":
        raise DecisionNotApproved(id=lock.id, said=said)


def _fingerprint(lock_id: UUID) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.nfc_topup_lift_fingerprint(%s)", [lock_id])
        return bytes(cursor.fetchone()[0])


def _facts(row: Lock) -> LockFacts:
    return LockFacts(
        lock_id=row.id,
        scope=row.scope,
        card=mask_card_no(row.application.asn) if row.application else "",
        actor=f"{row.actor_kind}:{row.actor_id}" if row.actor_id else "",
        pool=row.pool,
        because=row.because,
        failures=row.failures,
        locked_at=row.locked_at,
        ends_at=row.ends_at,
    )
