"""Kiosks begin with two officers: one enters the machine, another lets it make itself known."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import approvals, devices, people, trail
from accounts.actors import Actor
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.models import Kiosk, Operator, Person
from accounts.roles import ADMINISTRATOR, KIOSK_OPERATOR
from gateway.kiosk.errors import EnrolmentNotOpen, KioskUnknown
from gateway.kiosk.models import Enrolment, Line

PURPOSE = "kiosk_enrolment"
TIME_TO_DECIDE = timedelta(days=7)
TIME_TO_ENROL = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """An approved enrolment and its one-time code, told this once and never again."""

    enrolment: Enrolment
    code: str
    expires_at: datetime


def create(
    *, code: str, operator: Operator, place: str, terminal_no: str, maker: Person, now: datetime
) -> Enrolment:
    """A planned kiosk and the wish to enrol it. NotAllowed, KioskNotUnderstood."""
    refuse_without(maker, KIOSK_OPERATOR, operator.pool, now)
    with transaction.atomic():
        kiosk = devices.add_kiosk(
            code=code, operator=operator, place=place, terminal_no=terminal_no, now=now
        )
        Line.objects.create(kiosk=kiosk)
        return _ask(kiosk, maker, now)


def ask_again(kiosk: Kiosk, *, maker: Person, now: datetime) -> Enrolment:
    """Another code for a kiosk that never used its own, or whose keys were all revoked."""
    refuse_without(maker, KIOSK_OPERATOR, kiosk.operator.pool, now)
    if kiosk.state == "retired":
        raise EnrolmentNotOpen(kiosk=kiosk.code, state=kiosk.state)
    with transaction.atomic():
        return _ask(kiosk, maker, now)


def approve(enrolment_id: UUID, *, checker: Person, now: datetime) -> Approved:
    """The second officer lets it be; gives the one-time code.

    EnrolmentNotOpen, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided.
    """
    code = secrets.token_urlsafe(24)
    with transaction.atomic():
        enrolment = _locked(enrolment_id)
        if enrolment.state != "asked":
            raise EnrolmentNotOpen(enrolment_id=enrolment.id, state=enrolment.state)
        if enrolment.maker_id == checker.pk:
            raise MakerIsChecker(id=enrolment.id, checker=checker.pk)
        if approvals.get(enrolment.id).content != _content(enrolment.kiosk):
            raise EnrolmentNotOpen("the kiosk was moved since", enrolment_id=enrolment.id)
        approvals.approve(enrolment.id, checker=checker, now=now)
        former = Enrolment.objects.select_for_update().filter(
            kiosk=enrolment.kiosk, state="approved"
        )
        for other in former:
            trail.advance(
                other, to="withdrawn", actor=officer(checker), because="another was approved",
                now=now,
            )  # fmt: skip
        trail.advance(
            enrolment,
            to="approved",
            actor=officer(checker),
            because="a second officer approved",
            now=now,
            checker=checker,
            code_digest=digest(code),
            expires_at=now + TIME_TO_ENROL,
        )
    return Approved(enrolment=enrolment, code=code, expires_at=now + TIME_TO_ENROL)


def issue_code(enrolment_id: UUID, *, by: Person, now: datetime) -> Approved:
    """A new one-time code for an approved enrolment; the former is worth nothing from now on.

    It ends when the approval's time does. NotAllowed, EnrolmentNotOpen.
    """
    code = secrets.token_urlsafe(24)
    with transaction.atomic():
        enrolment = _locked(enrolment_id)
        refuse_without(by, KIOSK_OPERATOR, enrolment.kiosk.operator.pool, now)
        if enrolment.state != "approved" or enrolment.expires_at <= now:
            raise EnrolmentNotOpen(enrolment_id=enrolment.id, state=enrolment.state)
        Enrolment.objects.filter(pk=enrolment.pk).update(code_digest=digest(code))
        trail.record(
            "kiosk_code_issued", actor=officer(by), now=now,
            subject=f"kiosk:{enrolment.kiosk_id}", enrolment=enrolment.id,
        )  # fmt: skip
    return Approved(enrolment=enrolment, code=code, expires_at=enrolment.expires_at)


def refuse(enrolment_id: UUID, *, checker: Person, now: datetime) -> None:
    """The second officer does not; a kiosk never enrolled stays planned."""
    with transaction.atomic():
        enrolment = _locked(enrolment_id)
        approvals.refuse(enrolment.id, checker=checker, now=now)
        trail.advance(
            enrolment,
            to="refused",
            actor=officer(checker),
            because="a second officer refused",
            now=now,
        )


def move(kiosk: Kiosk, *, place: str, by: Person, because: str, now: datetime) -> None:
    """The kiosk stands elsewhere from now on; both places are kept with the act.

    The operator never changes: a kiosk of another operator is another kiosk.
    """
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    with transaction.atomic():
        row = Kiosk.objects.select_for_update().get(pk=kiosk.pk)
        trail.record(
            "kiosk_moved",
            actor=officer(by),
            now=now,
            subject=f"kiosk:{kiosk.id}",
            before=row.place,
            after=place[:120],
            because=because[:120],
        )
        Kiosk.objects.filter(pk=kiosk.pk).update(place=place[:120])
    kiosk.place = place[:120]


def by_code(code: str) -> Kiosk:
    """The kiosk of this code; KioskUnknown."""
    found = Kiosk.objects.select_related("operator").filter(code=code[:32]).first()
    if found is None:
        raise KioskUnknown(code=code[:32])
    return found


def digest(code: str) -> bytes:
    """What is kept of a one-time code."""
    return hashlib.sha256(code.encode()).digest()


def officer(person: Person) -> Actor:
    """An officer as the trail knows them."""
    return Actor(kind="officer", id=str(person.pk))


def refuse_without(person: Person, role: str, pool: int, now: datetime) -> None:
    """NotAllowed unless the person holds the role for the pool (an administrator may as well)."""
    if not any(people.has_role(person, one, pool, now) for one in (role, ADMINISTRATOR)):
        raise NotAllowed(person=person.pk, role=role)


def fingerprint(content: Mapping[str, Any]) -> bytes:
    """What an approval of this content is bound to."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def _ask(kiosk: Kiosk, maker: Person, now: datetime) -> Enrolment:
    content = _content(kiosk)
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=kiosk.operator.pool,
        content=content,
        fingerprint=fingerprint(content),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=KIOSK_OPERATOR,
    )
    return Enrolment.objects.create(
        id=approval.id,
        kiosk=kiosk,
        maker=maker,
        expires_at=approval.expires_at,
        asked_at=now,
    )


def _content(kiosk: Kiosk) -> dict[str, str]:
    return {
        "kiosk": kiosk.code,
        "place": kiosk.place,
        "terminal_no": kiosk.terminal_no,
        "kiosk_id": str(kiosk.id),
    }


def _locked(enrolment_id: UUID) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("kiosk__operator")
    found = rows.filter(pk=enrolment_id).first()
    if found is None:
        raise EnrolmentNotOpen(enrolment_id=enrolment_id, state="unknown")
    return found
