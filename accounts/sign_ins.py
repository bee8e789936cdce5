"""Where a citizen is signed in: browsers by a secret, apps by tokens; each seen and ended alone."""

from __future__ import annotations

import hashlib
import secrets as dice
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts import trail
from accounts.actors import Actor
from accounts.citizen_errors import DeviceUnknown
from accounts.identifiers import new_id
from accounts.models import BearerToken, Person, SignIn

IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
APP_IDLE = timedelta(days=30)
APP_LONGEST = timedelta(days=180)
FRESH = timedelta(minutes=10)
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_LABEL = 80


def begin(person: Person, *, label: str, now: datetime) -> tuple[SignIn, str]:
    """A new browser of somebody who has just shown a code; the row, and the secret to carry."""
    secret = dice.token_urlsafe(32)
    return _create(person, "browser", label, now, digest=_digest(secret)), secret


def begin_app(person: Person, *, label: str, now: datetime) -> SignIn:
    """A new app of somebody who has just shown a code; its tokens are minted by `app_tokens`."""
    return _create(person, "app", label, now, digest=None)


def find(secret: str, now: datetime) -> SignIn | None:
    """The browser of this secret with its person, if it still holds; marks it seen.

    It ends after 7 days of rest, 30 days in all, or when its person may sign in no more.
    """
    found = (
        SignIn.objects.select_related("person")
        .filter(_holds(now), digest=_digest(secret), kind="browser", person__is_active=True)
        .first()
    )
    if found is not None and found.seen_at < now - _SEEN_EVERY:
        SignIn.objects.filter(pk=found.pk, seen_at__lt=now).update(seen_at=now)
    return found


def is_fresh(sign_in: SignIn, now: datetime) -> bool:
    """Whether a code was shown here within the last ten minutes."""
    return now - FRESH < sign_in.confirmed_at <= now


def of(person: Person, now: datetime) -> list[SignIn]:
    """Where this person is signed in, lately used first."""
    return list(SignIn.objects.filter(_holds(now), person=person).order_by("-seen_at", "-id"))


def get(person: Person, sign_in_id: UUID, now: datetime) -> SignIn:
    """One of this person's own; DeviceUnknown, also for another person's."""
    found = SignIn.objects.filter(_holds(now), person=person, pk=sign_in_id).first()
    if found is None:
        raise DeviceUnknown
    return found


def end(sign_in: SignIn, *, because: str, now: datetime) -> bool:
    """End one, with its access token; False when it had ended. `because` is a word for the row."""
    with transaction.atomic():
        rows = SignIn.objects.filter(pk=sign_in.pk, ended_at__isnull=True)
        ended = rows.update(ended_at=now, ended_because=because)
        BearerToken.objects.filter(sign_in=sign_in.pk, revoked_at__isnull=True).update(
            revoked_at=now
        )
        if ended:
            trail.record(
                "signed_out",
                actor=citizen(sign_in.person_id),
                now=now,
                subject=f"person:{sign_in.person_id}",
                sign_in_id=sign_in.pk,
                because=because,
            )
    return bool(ended)


def end_others(person: Person, *, but: UUID | None, because: str, now: datetime) -> int:
    """End every sign-in of this person except `but`; how many there were."""
    rows = SignIn.objects.filter(person=person, ended_at__isnull=True)
    if but is not None:
        rows = rows.exclude(pk=but)
    return sum(end(one, because=because, now=now) for one in rows)


def citizen(person_id: UUID) -> Actor:
    """A person as the trail knows them when they act for themselves."""
    return Actor(kind="citizen", id=str(person_id))


def _create(
    person: Person, kind: str, label: str, now: datetime, *, digest: bytes | None
) -> SignIn:
    return SignIn.objects.create(
        id=new_id(now),
        person=person,
        kind=kind,
        label=label[:_LONGEST_LABEL],
        digest=digest,
        began_at=now,
        seen_at=now,
        confirmed_at=now,
    )


def _holds(now: datetime) -> Q:
    browser = Q(kind="browser", seen_at__gt=now - IDLE, began_at__gt=now - LONGEST)
    app = Q(kind="app", seen_at__gt=now - APP_IDLE, began_at__gt=now - APP_LONGEST)
    return Q(ended_at__isnull=True) & (browser | app)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
