"""Registers enterprises under a code that checks, by two officers, and whom to call there."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, phones, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.identifiers import derive
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from gateway.bulk import credit_codes
from gateway.bulk.errors import (
    CreditCodeWrong,
    EnterpriseKnown,
    EnterpriseNameMissing,
    EnterpriseUnknown,
)
from gateway.bulk.models import Contact, Enterprise

PURPOSE = "bulk.enterprise"
TIME_TO_DECIDE: Final = timedelta(days=7)
LONGEST_NAME, LONGEST_CONTACT = 120, 40
_MOST_ASKED: Final = 100


@transaction.atomic
def ask(*, pool: int, credit_code: str, name: str, maker: Person, now: datetime) -> Approval:
    """One officer asks to register a unit; nobody brings its lists before a second one agrees.

    The same name and code asked again while that waits is asked once. NotAllowed,
    CreditCodeWrong, EnterpriseNameMissing, EnterpriseKnown.
    """
    require_officer(maker, pool, now)
    code = credit_codes.understand(credit_code)
    if code is None:
        raise CreditCodeWrong
    full_name = _name(name, LONGEST_NAME)
    _refuse_known(pool, code)
    fingerprint = fingerprint_of(pool, code, full_name)
    for waiting in asked([pool], now):
        if bytes(waiting.fingerprint) == fingerprint:
            return waiting
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=pool,
        content={"enterprise": full_name, "credit_code": code},
        fingerprint=fingerprint,
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


@transaction.atomic
def approve(approval_id: UUID, *, checker: Person, now: datetime) -> Enterprise:
    """A second officer agrees: the unit is registered. The same person again is nothing.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, EnterpriseUnknown,
    EnterpriseKnown (its code was registered meanwhile).
    """
    word = approvals.get(approval_id)
    if word.purpose != PURPOSE:
        raise EnterpriseUnknown(approval=approval_id)
    done = Enterprise.objects.filter(pk=word.pk).first()
    if done is not None and word.checker_id == checker.pk:
        return done
    word = approvals.approve(approval_id, checker=checker, now=now)
    code, name = word.content["credit_code"], word.content["enterprise"]
    _refuse_known(word.pool, code)
    made = Enterprise.objects.create(
        id=word.pk,
        pool=word.pool,
        credit_code=code,
        name=name,
        registered_by=word.maker,
        registered_at=now,
    )
    trail.record(
        "bulk_enterprise_registered",
        actor=actor_of(checker),
        now=now,
        subject=f"enterprise:{made.pk}",
        pool=made.pool,
        maker=word.maker_id,
    )
    return made


def asked(pools: Collection[int] | None, now: datetime) -> list[Approval]:
    """Units of these pools (None: of all) that wait for a second officer, oldest first."""
    rows = Approval.objects.filter(purpose=PURPOSE, state="asked", expires_at__gt=now)
    rows = rows if pools is None else rows.filter(pool__in=pools)
    return list(rows.order_by("id")[:_MOST_ASKED])


def fingerprint_of(pool: int, code: str, name: str) -> bytes:
    """What an approval to register is bound to; the database reckons the same from the row."""
    return hashlib.sha256(f"bulk_enterprise|{pool}|{code}|{name}".encode()).digest()


@transaction.atomic
def add_contact(
    enterprise: Enterprise, *, name: str, phone: str, officer: Person, now: datetime
) -> Contact:
    """Somebody to call there. NotAllowed, EnterpriseNameMissing, PhoneNotUnderstood."""
    require_officer(officer, enterprise.pool, now)
    number = phones.understand(phone)
    contact_id = derive(enterprise.pk, f"contact {phones.index(number).hex()}")
    sealed = phones.seal(number, contact_id)
    made = Contact(
        id=contact_id,
        enterprise=enterprise,
        name=_name(name, LONGEST_CONTACT),
        phone_sealed=sealed.sealed,
        phone_key=sealed.key_name,
        phone_masked=phones.mask_phone(number),
        added_at=now,
    )
    Contact.objects.bulk_create([made], ignore_conflicts=True)
    Contact.objects.filter(pk=contact_id).update(name=made.name, ended_at=None)
    trail.record(
        "bulk_contact_added",
        actor=actor_of(officer),
        now=now,
        subject=f"enterprise:{enterprise.pk}",
        contact=contact_id,
    )
    return Contact.objects.get(pk=contact_id)


def require_officer(person: Person, pool: int, now: datetime) -> None:
    """NotAllowed unless the person is a finance officer of the pool."""
    if not people.has_role(person, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(person.pk), role=FINANCE_OFFICER)


def actor_of(officer: Person) -> Actor:
    """The officer as the trail knows them."""
    return Actor(kind="officer", id=str(officer.pk))


def _refuse_known(pool: int, code: str) -> None:
    known = Enterprise.objects.filter(pool=pool, credit_code=code).first()
    if known is not None:
        raise EnterpriseKnown(enterprise=known.pk, name=known.name)


def _name(text: str, longest: int) -> str:
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name or len(name) > longest or any(unicodedata.category(c)[0] == "C" for c in name):
        raise EnterpriseNameMissing
    return name
