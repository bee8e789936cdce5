"""Sign-on (签到) and sign-off (签退): nothing works before the one, or after the other.

A session has no day: a cut never stops a kiosk, its business simply belongs to the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.identifiers import new_id
from accounts.models import Kiosk
from gateway.kiosk import card_lists, parameters
from gateway.kiosk.errors import KioskNotInService, NotSignedOn
from gateway.kiosk.models import Session
from reserve_funds.custody.rules import pools


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOn:
    """A new session and everything the kiosk works by; `work_key` is 32 bytes."""

    session: Session
    work_key: bytes
    parameters: dict[str, Any]
    parameters_version: str
    list_version: int
    stopped: bool


def sign_on(kiosk: Kiosk, *, now: datetime) -> SignedOn:
    """A new session; one that is on still ends (the machine began anew).

    A stopped kiosk may sign on, to send what it still holds, and is told that it is stopped.
    """
    profile = pools.profile_of(kiosk.operator.pool, business_day(now))
    told = parameters.for_profile(profile)
    version, listed = parameters.version_of(told), card_lists.version()
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        _end(kiosk, "the machine signed on anew", now)
        session = Session.objects.create(
            id=new_id(now),
            kiosk=kiosk,
            parameters_version=version,
            list_version=listed,
            signed_on_at=now,
        )
    return SignedOn(
        session=session,
        work_key=work_key(session),
        parameters=told,
        parameters_version=version,
        list_version=listed,
        stopped=kiosk.state != "in_service",
    )


def sign_off(kiosk: Kiosk, *, now: datetime) -> bool:
    """Ends the session; False when there was none."""
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        return _end(kiosk, "the machine signed off", now)


def current(kiosk: Kiosk) -> Session:
    """The session that is on; NotSignedOn."""
    found = Session.objects.filter(kiosk=kiosk, state="on").first()
    if found is None:
        raise NotSignedOn(kiosk=kiosk.code)
    return found


def refuse_unless_working(kiosk: Kiosk) -> None:
    """KioskNotInService for a stopped kiosk, NotSignedOn; facts of the past need less."""
    if kiosk.state != "in_service":
        raise KioskNotInService(kiosk=kiosk.code, state=kiosk.state)
    current(kiosk)


def work_key(session: Session) -> bytes:
    """The day's work key (工作密钥): it follows from the session under the house's own secret."""
    return salted_hmac("gateway.kiosk.work_key", session.id.bytes, algorithm="sha256").digest()


def _end(kiosk: Kiosk, because: str, now: datetime) -> bool:
    found = Session.objects.filter(kiosk=kiosk, state="on").first()
    if found is None:
        return False
    actor = Actor(kind="kiosk", id=str(kiosk.id))
    trail.advance(found, to="off", actor=actor, because=because, now=now, signed_off_at=now)
    return True
