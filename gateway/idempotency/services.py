"""Claims a key before the work, stores the answer after it, frees it where nothing was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.identifiers import new_id
from gateway.idempotency.errors import KeyReused, StillRunning
from gateway.idempotency.models import StoredAnswer

RUN_LEASE = timedelta(seconds=30)
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key of ours to work under; ``cause`` is the id to derive everything from.

    It is ours ``until`` then, or until it is freed: whoever takes it over has another ``until``,
    and what we still say under it counts no more.
    """

    row_id: int
    cause: UUID
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The answer that was given the first time."""

    status: int
    content_type: str
    body: bytes


_CLAIM = """
INSERT INTO idempotency_stored_answer
       (cause, principal, route, key, fingerprint, running_until, content_type, body, created_at)
VALUES (%s, %s, %s, %s, %s, %s, '', '', %s)
ON CONFLICT ON CONSTRAINT idempotency_key_is_used_once DO NOTHING
RETURNING id
"""


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same: method, full path and raw body; 32 bytes."""
    return sha256(b"\n".join((method.encode(), path.encode(), body))).digest()


def claim(*, principal: str, route: str, key: str, print_: bytes, now: datetime) -> Claim | Stored:
    """Takes the key, or gives the stored answer.

    Committed on its own, before the work. Raises KeyReused (other content) and StillRunning
    (another request holds the key and its lease has not run out).
    """
    cause, until = new_id(now), now + RUN_LEASE
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [cause, principal, route, key, print_, until, now])
        row = cursor.fetchone()
    if row is not None:
        return Claim(row_id=row[0], cause=cause, until=until)
    return _meet_first(principal, route, key, print_, now)


def store(claimed: Claim, *, status: int, content_type: str, body: bytes) -> bool:
    """Keeps the answer of finished work; False when the claim is somebody else's by now."""
    rows = StoredAnswer.objects.filter(pk=claimed.row_id, running_until=claimed.until)
    kept = rows.update(status=status, content_type=content_type, body=body, running_until=None)
    return bool(kept)


def free(claimed: Claim, *, now: datetime) -> None:
    """Lets the same request be tried again at once, under the same cause, if it is still ours."""
    rows = StoredAnswer.objects.filter(pk=claimed.row_id, running_until=claimed.until)
    rows.update(running_until=now)


def purge(now: datetime) -> int:
    """Forgets answers older than the published seven days; gives how many."""
    return StoredAnswer.objects.filter(created_at__lt=now - KEPT).delete()[0]


def _meet_first(
    principal: str, route: str, key: str, print_: bytes, now: datetime
) -> Claim | Stored:
    first = StoredAnswer.objects.get(principal=principal, route=route, key=key)
    if bytes(first.fingerprint) != print_:
        raise KeyReused(route=route)
    if first.status is not None:
        return Stored(status=first.status, content_type=first.content_type, body=bytes(first.body))
    until = now + RUN_LEASE
    taken_over = StoredAnswer.objects.filter(
        Q(pk=first.pk) & Q(status__isnull=True) & Q(running_until__lte=now)
    ).update(running_until=until)
    if not taken_over:
        raise StillRunning(route=route)
    return Claim(row_id=first.pk, cause=first.cause, until=until)
