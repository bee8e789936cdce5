"""People: enrolled by phone number, found by it, and granted roles."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts import phones, roles, trail
from accounts.actors import SYSTEM, Actor
from accounts.database_errors import constraint_of
from accounts.errors import (
    NotAllowed,
    PersonUnknown,
    RolesIncompatible,
    RoleUnknown,
)
from accounts.identifiers import new_id
from accounts.models import Person, RoleGrant

_SEPARATION = "accounts_separated_roles_are_separate_people"
_TWO_OFFICERS = "accounts_role_is_of_two_officers"


def by_phone(phone: str) -> Person:
    """The person of this number; PersonUnknown, or PhoneNotUnderstood when it is no number."""
    found = Person.objects.filter(phone_index=phones.index(phones.understand(phone))).first()
    if found is None:
        raise PersonUnknown
    return found


def get(person_id: UUID) -> Person:
    """The person of this id; PersonUnknown."""
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise PersonUnknown(id=person_id)
    return found


def enrol(phone: str, now: datetime) -> Person:
    """The person of this number, made (as a citizen) when there is none yet.

    Whoever calls has proof that the caller holds the number. Twice is once, also at one time.
    """
    number = phones.understand(phone)
    index = phones.index(number)
    if known := Person.objects.filter(phone_index=index).first():
        return known
    person_id = new_id(now)
    sealed = phones.seal(number, person_id)
    person = Person(
        id=person_id,
        phone_sealed=sealed.sealed,
        phone_key=sealed.key_name,
        phone_index=index,
        password=make_password(None),
        enrolled_at=now,
    )
    with transaction.atomic():
        Person.objects.bulk_create([person], ignore_conflicts=True)
        kept = Person.objects.get(phone_index=index)
        if kept.pk == person_id:
            _write_grant(kept, roles.CITIZEN, None, None, now, None)
    return kept


def reseal(person: Person) -> None:
    """Seal the number again under the key now in use; nothing happens when it is that one.

    Nor of who deleted their data: there is no number.
    """
    if person.deleted_at is not None:
        return
    sealed = phones.seal(person.phone, person.id)
    if sealed.key_name != person.phone_key:
        rows = Person.objects.filter(pk=person.pk, phone_key=person.phone_key)
        rows.update(phone_sealed=sealed.sealed, phone_key=sealed.key_name)
        person.phone_sealed, person.phone_key = sealed.sealed, sealed.key_name


def end_sessions(person: Person) -> None:
    """Change the unusable marker that sessions are bound to: all of them end."""
    person.password = make_password(None)
    Person.objects.filter(pk=person.pk).update(password=person.password)


def has_role(person: Person, role: str, pool: int | None, now: datetime) -> bool:
    """Whether the person holds the role at `now` for this pool (for the province: pool None).

    A grant for the province holds for every pool. Inactive people hold none. Asked of the
    database every time, so a grant that ends, ends at once.
    """
    _known(role)
    reach = Q(pool__isnull=True) if pool is None else Q(pool__isnull=True) | Q(pool=pool)
    return _in_force(now).filter(reach, person=person, person__is_active=True, role=role).exists()


def roles_of(person: Person, now: datetime) -> list[RoleGrant]:
    """The grants in force of one person, oldest first."""
    return list(_in_force(now).filter(person=person).order_by("valid_from", "id"))


def grant(
    person: Person,
    role: str,
    *,
    pool: int | None,
    granted_by: Person | None,
    now: datetime,
    until: datetime | None = None,
    approval_id: UUID | None = None,
) -> RoleGrant:
    """Write down a role from now on: what two officers decided (`posts`), by their approval.

    `granted_by` None is the house itself: the first security officer, the first administrator,
    and in a sandbox everybody. NotAllowed, RolesIncompatible, RoleUnknown.
    """
    _known(role)
    try:
        with transaction.atomic():
            given = _write_grant(person, role, pool, granted_by, now, until, approval_id)
            trail.record(
                "role_granted",
                actor=_officer(granted_by),
                now=now,
                subject=f"person:{person.pk}",
                role=role,
                pool=pool,
                until=until,
                grant=given.pk,
                approval=approval_id,
            )
    except IntegrityError as error:
        _refuse_as(error, person, role)
    return given


def revoke(
    grant: RoleGrant, *, by: Person | None, now: datetime, approval_id: UUID | None = None
) -> None:
    """End a grant at `now`, by the approval of two; one that has ended stays as it is.

    `by` None is the house of a sandbox. NotAllowed.
    """
    end = max(now, grant.valid_from)
    rows = RoleGrant.objects.filter(pk=grant.pk).exclude(valid_until__lte=end)
    try:
        with transaction.atomic():
            if rows.update(valid_until=end, ended_by=approval_id):
                grant.valid_until, grant.ended_by = end, approval_id
                trail.record(
                    "role_revoked",
                    actor=_officer(by),
                    now=now,
                    subject=f"person:{grant.person_id}",
                    role=grant.role,
                    pool=grant.pool,
                    grant=grant.pk,
                    approval=approval_id,
                )
    except IntegrityError as error:
        _refuse_as(error, grant.person, grant.role)


def _refuse_as(error: IntegrityError, person: Person, role: str) -> NoReturn:
    broken = constraint_of(error)
    if broken == _SEPARATION:
        raise RolesIncompatible(person=person.pk, role=role) from error
    if broken == _TWO_OFFICERS:
        raise NotAllowed("two officers give and withdraw roles", role=role) from error
    raise error


def _write_grant(
    person: Person,
    role: str,
    pool: int | None,
    granted_by: Person | None,
    now: datetime,
    until: datetime | None,
    approval_id: UUID | None = None,
) -> RoleGrant:
    return RoleGrant.objects.create(
        id=new_id(now),
        person=person,
        role=role,
        pool=pool,
        valid_from=now,
        valid_until=until,
        granted_by=granted_by,
        approval_id=approval_id,
    )


def _in_force(now: datetime) -> QuerySet[RoleGrant]:
    begun = Q(valid_from__lte=now)
    return RoleGrant.objects.filter(begun, Q(valid_until__isnull=True) | Q(valid_until__gt=now))


def _officer(person: Person | None) -> Actor:
    return SYSTEM if person is None else Actor(kind="officer", id=str(person.pk))


def _known(role: str) -> None:
    if role not in roles.ROLES:
        raise RoleUnknown(role=role)
