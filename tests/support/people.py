"""People of tests, as far as the house knows them."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from accounts import trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from accounts.models import Person, RealNameCheck


def confirmed(person: Person, now: datetime) -> None:
    """This person has given their real name."""
    check = RealNameCheck.objects.create(
        id=new_id(now), person=person, name_masked="王*", id_masked="4***************1",
        id_digest=uuid4().bytes * 2, asked_at=now,
    )  # fmt: skip
    trail.advance(
        check, to="confirmed", actor=SYSTEM, because="provider: matched", now=now, decided_at=now
    )
