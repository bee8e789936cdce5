"""Officers' sessions: begun by two factors, ended by rest, and rotated when the factor is shown."""

from __future__ import annotations

import hashlib
import secrets as dice
from datetime import datetime, timedelta

from accounts.identifiers import new_id
from accounts.models import Officer, OfficerSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
FRESH = timedelta(minutes=5)
_SEEN_EVERY = timedelta(seconds=30)


def begin(officer: Officer, now: datetime) -> str:
    """A new session of somebody who has just shown both factors; the secret for their browser."""
    secret = dice.token_urlsafe(32)
    OfficerSession.objects.create(
        id=new_id(now),
        officer=officer,
        digest=_digest(secret),
        began_at=now,
        seen_at=now,
        confirmed_at=now,
    )
    return secret


def find(secret: str, now: datetime) -> OfficerSession | None:
    """The session of this secret with its officer and person, if it still holds; marks it seen.

    It ends after 30 minutes of rest, 10 hours in all, or when its officer may sign in no more.
    """
    found = (
        OfficerSession.objects.select_related("officer__person")
        .filter(
            digest=_digest(secret),
            ended_at__isnull=True,
            seen_at__gt=now - IDLE,
            began_at__gt=now - LONGEST,
            officer__state="active",
            officer__person__is_active=True,
        )
        .first()
    )
    if found is not None and found.seen_at < now - _SEEN_EVERY:
        OfficerSession.objects.filter(pk=found.pk, seen_at__lt=now).update(seen_at=now)
    return found


def is_fresh(session: OfficerSession, now: datetime) -> bool:
    """Whether the second factor was shown within the last five minutes."""
    return now - FRESH < session.confirmed_at <= now


def rotate(session: OfficerSession, now: datetime) -> str:
    """The factor was shown again: the session goes on under a new secret, which is given."""
    secret = dice.token_urlsafe(32)
    OfficerSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(
        digest=_digest(secret), seen_at=now, confirmed_at=now
    )
    session.confirmed_at = now
    return secret


def end(session: OfficerSession, now: datetime) -> None:
    """The officer signs out; one that has ended stays as it is."""
    OfficerSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=now)


def end_all(officer: Officer, now: datetime) -> int:
    """End every session of this officer; how many there were."""
    return OfficerSession.objects.filter(officer=officer, ended_at__isnull=True).update(
        ended_at=now
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
