"""Registers enterprises under a code that checks, and whom to call there."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.db import transaction

from accounts import people, phones, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.identifiers import derive, new_id
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.bulk import credit_codes
from gateway.bulk.errors import CreditCodeWrong, EnterpriseKnown, EnterpriseNameMissing
from gateway.bulk.models import Contact, Enterprise

LONGEST_NAME, LONGEST_CONTACT = 120, 40


@transaction.atomic
def register(
    *, pool: int, credit_code: str, name: str, officer: Person, now: datetime
) -> Enterprise:
    """The enterprise of this code in this pool; registering it again is registering it once.

    NotAllowed, CreditCodeWrong, EnterpriseNameMissing, EnterpriseKnown (under another name).
    """
    require_officer(officer, pool, now)
    code = credit_codes.understand(credit_code)
    if code is None:
        raise CreditCodeWrong
    made = Enterprise(
        id=new_id(now),
        pool=pool,
        credit_code=code,
        name=_name(name, LONGEST_NAME),
        registered_by=officer,
        registered_at=now,
    )
    Enterprise.objects.bulk_create([made], ignore_conflicts=True)
    kept = Enterprise.objects.get(pool=pool, credit_code=code)
    if kept.name != made.name:
        raise EnterpriseKnown(enterprise=kept.pk)
    if kept.pk == made.pk:
        trail.record(
            "bulk_enterprise_registered",
            actor=actor_of(officer),
            now=now,
            subject=f"enterprise:{kept.pk}",
            pool=pool,
        )
    return kept


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


def _name(text: str, longest: int) -> str:
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name or len(name) > longest or any(unicodedata.category(c)[0] == "C" for c in name):
        raise EnterpriseNameMissing
    return name
