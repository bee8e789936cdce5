"""Officers' posts: which role somebody holds for which pool, given and withdrawn by two officers.

A security officer or an administrator of the pool asks, a security officer of the pool decides,
and neither is the one whose role it is. Whoever must stop somebody at once suspends their sign-in
(`officers.suspend`), which one person does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from accounts import approvals, people, roles
from accounts.errors import ApprovalUnknown, NotAllowed, OwnGranter, RoleUnknown
from accounts.models import Approval, Officer, Person, RoleGrant
from accounts.officer_errors import PeriodOfRoleWrong, PostReasonMissing, RoleHeld, RoleNotHeld

GRANT = "role.grant"
WITHDRAWAL = "role.withdrawal"
MAKER_ROLES: Final = (roles.SECURITY_OFFICER, roles.ADMINISTRATOR)
CHECKER_ROLE: Final = roles.SECURITY_OFFICER
GIVEN: Final = tuple(sorted(roles.ROLES - {roles.CITIZEN}))
VALID_FOR: Final = timedelta(days=3)
LONGEST_REASON: Final = 200
PROVINCE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One officer, the roles they hold now, and what is asked about them and not decided."""

    officer: Officer
    grants: tuple[RoleGrant, ...]
    waiting: tuple[Approval, ...]


def every(now: datetime) -> list[Post]:
    """Every officer by name, in three questions; a person without a sign-in holds no post."""
    officers = list(Officer.objects.select_related("person").order_by("name", "login_name"))
    held: dict[UUID, list[RoleGrant]] = {}
    alive = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    known = [one.person_id for one in officers]
    rows = RoleGrant.objects.filter(alive, person__in=known, role__in=GIVEN, valid_from__lte=now)
    for grant in rows.order_by("pool", "role"):
        held.setdefault(grant.person_id, []).append(grant)
    asked: dict[str, list[Approval]] = {}
    for one in _waiting(now):
        asked.setdefault(str(one.content.get("person_id")), []).append(one)
    return [
        Post(
            officer=one,
            grants=tuple(held.get(one.person_id, ())),
            waiting=tuple(asked.get(str(one.person_id), ())),
        )
        for one in officers
    ]


def ask_grant(
    person: Person,
    role: str,
    *,
    pool: int | None,
    because: str,
    maker: Person,
    now: datetime,
    until: datetime | None = None,
) -> Approval:
    """One officer asks that `person` hold this role for the pool (None: the province).

    RoleUnknown, PostReasonMissing, PeriodOfRoleWrong, OwnGranter, NotAllowed, RoleHeld.
    """
    if role not in GIVEN:
        raise RoleUnknown(role=role)
    if until is not None and until <= now + VALID_FOR:
        raise PeriodOfRoleWrong(until=until.isoformat())
    told = _may_ask(maker, person, pool, because, now)
    if any((one.role, one.pool) == (role, pool) for one in people.roles_of(person, now)):
        raise RoleHeld(person=person.pk, role=role)
    content = _content(person, role, pool, told) | {"until": until.isoformat() if until else ""}
    print_ = _print("grant", person.pk, role, pool, until, None)
    return approvals.ask(
        maker=maker, purpose=GRANT, pool=pool or PROVINCE, content=content, fingerprint=print_,
        now=now, expires_at=now + VALID_FOR, checker_role=CHECKER_ROLE,
    )  # fmt: skip


def ask_withdrawal(grant_id: UUID, *, because: str, maker: Person, now: datetime) -> Approval:
    """One officer asks that somebody no longer hold a role; errors as `ask_grant`, RoleNotHeld."""
    grant = get(grant_id, now)
    told = _may_ask(maker, grant.person, grant.pool, because, now)
    content = _content(grant.person, grant.role, grant.pool, told) | {"grant_id": str(grant.pk)}
    print_ = _print("withdrawal", grant.person_id, grant.role, grant.pool, None, grant.pk)
    return approvals.ask(
        maker=maker, purpose=WITHDRAWAL, pool=grant.pool or PROVINCE, content=content,
        fingerprint=print_, now=now, expires_at=now + VALID_FOR, checker_role=CHECKER_ROLE,
    )  # fmt: skip


def get(grant_id: UUID, now: datetime) -> RoleGrant:
    """A role that somebody holds now; RoleNotHeld."""
    found = RoleGrant.objects.select_related("person").filter(pk=grant_id, role__in=GIVEN).first()
    if found is None or (found.valid_until is not None and found.valid_until <= now):
        raise RoleNotHeld(grant=grant_id)
    return found


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> RoleGrant:
    """The second officer allows it, and it holds or ends at once.

    ApprovalUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided; OwnGranter when
    it is about the checker; RolesIncompatible, RoleHeld, RoleNotHeld as things stand by now.
    """
    asked = approvals.get(approval_id)
    if asked.purpose not in (GRANT, WITHDRAWAL):
        raise ApprovalUnknown(id=approval_id)
    with transaction.atomic():
        approvals.approve(approval_id, checker=checker, now=now)
        person = people.get(UUID(asked.content["person_id"]))
        if person.pk == checker.pk:
            raise OwnGranter(person=person.pk)
        if asked.purpose == WITHDRAWAL:
            held = get(UUID(asked.content["grant_id"]), now)
            people.revoke(held, by=checker, now=now, approval_id=approval_id)
            return held
        role, pool = str(asked.content["role"]), asked.pool or None
        if any((one.role, one.pool) == (role, pool) for one in people.roles_of(person, now)):
            raise RoleHeld(person=person.pk, role=role)
        until = asked.content["until"]
        return people.grant(
            person, role, pool=pool, granted_by=asked.maker, now=now,
            until=datetime.fromisoformat(until) if until else None, approval_id=approval_id,
        )  # fmt: skip


def _may_ask(maker: Person, holder: Person, pool: int | None, because: str, now: datetime) -> str:
    told = because.strip()
    if not told or len(told) > LONGEST_REASON:
        raise PostReasonMissing(length=len(told))
    if maker.pk == holder.pk:
        raise OwnGranter(person=maker.pk)
    if not any(people.has_role(maker, role, pool, now) for role in MAKER_ROLES):
        raise NotAllowed("a security officer or an administrator asks", person=maker.pk)
    return told


def _content(person: Person, role: str, pool: int | None, because: str) -> dict[str, Any]:
    officer = Officer.objects.filter(person=person).first()
    return {
        "officer": f"{officer.name} {officer.login_name}" if officer else str(person.pk),
        "person_id": str(person.pk),
        "role": role,
        "reach": pool or "province",
        "reason": because,
    }


def _waiting(now: datetime) -> Sequence[Approval]:
    rows = Approval.objects.filter(purpose__in=(GRANT, WITHDRAWAL), state="asked")
    return list(rows.filter(expires_at__gt=now).order_by("asked_at"))


def _print(
    act: str, person: UUID, role: str, pool: int | None, until: datetime | None, grant: UUID | None
) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.accounts_role_print(%s, %s, %s, %s, %s, %s)",
            [act, person, role, pool, until, grant],
        )
        return bytes(cursor.fetchone()[0])
