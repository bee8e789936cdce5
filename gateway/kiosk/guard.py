"""Lets a kiosk's signed request in: its key, its clock, its sequence number, in this order.

The first request that is let in under an incoming key makes it the one that works.

Everything that is refused is counted by the hour and alarmed at the first, the tenth, the
hundredth time, so that a flood of refusals is one alarm and not a flood of alarms.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from accounts import trail
from accounts.actors import SYSTEM, Actor
from accounts.errors import DomainError
from accounts.models import Kiosk
from gateway.kiosk import keys
from gateway.kiosk.errors import KioskNotInService, SequenceMissing, SequenceUsed
from gateway.kiosk.models import Key, SeenRequest
from gateway.signatures import Message, Policy, Verified, VerifyingKey, key_id_of, verify
from gateway.signatures.errors import SignatureRefused
from gateway.signatures.signing import REQUEST

TAG = "kiosk"
SEQUENCE = "kiosk-sequence"
READING = Policy(required=(*REQUEST, SEQUENCE), wants_expires=True, tag=TAG)
WRITING = Policy(
    required=(*REQUEST, SEQUENCE, "idempotency-key", "content-digest"), wants_expires=True, tag=TAG
)
KEPT = timedelta(days=7)
_MOST = 2**63 - 1
_MILESTONES = frozenset(10**power for power in range(12))

_RAISE = """
WITH raised AS (
    UPDATE kiosk_line SET sequence = %(sequence)s
     WHERE kiosk_id = %(kiosk)s AND sequence < %(sequence)s RETURNING kiosk_id
), kept AS (
    INSERT INTO kiosk_seen_request (kiosk_id, sequence, print, seen_at)
    SELECT kiosk_id, %(sequence)s, %(print)s, %(now)s FROM raised RETURNING 1
)
SELECT count(*) FROM kept
"""
_COUNT = """
INSERT INTO kiosk_refused AS kept (who, code, hour, times) VALUES (%s, %s, %s, 1)
ON CONFLICT ON CONSTRAINT kiosk_refusals_are_counted_by_hour DO UPDATE SET times = kept.times + 1
RETURNING times
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A kiosk that signed this request, with which key, under which number."""

    kiosk: Kiosk
    key: Key
    sequence: int
    again: bool


def admit(message: Message, now: datetime) -> Admitted:
    """The kiosk that signed this message just now, under a number that rises.

    A write that comes again byte for byte is let in too (`again`): the idempotency layer has its
    answer. SignatureRefused and its kin (facts tell the skew of clocks), SequenceMissing,
    SequenceUsed, KioskNotInService for a retired one. Every refusal is alarmed.
    """
    try:
        return _admit(message, now)
    except DomainError as refused:
        alarm(refused, message, now)
        raise


def alarm(refused: DomainError, message: Message, now: datetime) -> None:
    """Counts a refusal and keeps an alarm at every power of ten of an hour."""
    who, actor = _named(message, now)
    hour = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [who, refused.code, hour])
        row = cursor.fetchone()
    assert row is not None, "an upsert gives its row"
    if row[0] in _MILESTONES:
        facts = {name: value for name, value in refused.facts.items() if name != "now"}
        trail.alarm(
            "kiosk_request_refused", actor=actor, now=now, subject=who,
            refusal=refused.code, times=row[0], path=message.path[:80], told=facts,
        )  # fmt: skip


def purge(now: datetime) -> int:
    """Forgets what numbers were used for, past the idempotency layer's own time; how many."""
    return SeenRequest.objects.filter(seen_at__lt=now - KEPT).delete()[0]


def _admit(message: Message, now: datetime) -> Admitted:
    found: list[Key] = []

    def key_of(key_id: str) -> VerifyingKey | None:
        key = keys.of_id(key_id, now)
        if key is None:
            return None
        found.append(key)
        return keys.verifying_key(key)

    writes = message.method not in ("GET", "HEAD")
    verified = verify(message, key_of=key_of, policy=WRITING if writes else READING, now=now)
    kiosk = found[0].kiosk
    if kiosk.state not in ("in_service", "suspended"):
        raise KioskNotInService(kiosk=kiosk.code, state=kiosk.state)
    sequence = _sequence(message)
    print_ = _print(message, verified)
    again = not _raised(kiosk, sequence, print_, now)
    if again and not (writes and _is_same(kiosk, sequence, print_)):
        raise SequenceUsed(sequence=sequence)
    if found[0].state == "incoming":
        keys.take_over(found[0], now=now)
    return Admitted(kiosk=kiosk, key=found[0], sequence=sequence, again=again)


def _sequence(message: Message) -> int:
    lines = message.lines(SEQUENCE)
    if len(lines) != 1 or not lines[0].isascii() or not lines[0].isdigit() or len(lines[0]) > 19:
        raise SequenceMissing
    number = int(lines[0])
    if not 0 < number <= _MOST:
        raise SequenceMissing
    return number


def _print(message: Message, verified: Verified) -> bytes:
    """The whole of what was signed and the body under it."""
    return hashlib.sha256(verified.base + b"\n" + hashlib.sha256(message.body).digest()).digest()


def _raised(kiosk: Kiosk, sequence: int, print_: bytes, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _RAISE, {"sequence": sequence, "kiosk": kiosk.pk, "print": print_, "now": now}
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _is_same(kiosk: Kiosk, sequence: int, print_: bytes) -> bool:
    seen = SeenRequest.objects.filter(kiosk=kiosk, sequence=sequence).first()
    return seen is not None and bytes(seen.print) == print_


def _named(message: Message, now: datetime) -> tuple[str, Actor]:
    """Whose name the message bears; what is named proves nothing."""
    try:
        key_id = key_id_of(message, tag=TAG)
    except SignatureRefused:
        return "unnamed", SYSTEM
    known = Key.objects.filter(key_id=key_id[:64]).first()
    if known is None:
        return "unknown key", SYSTEM
    return f"kiosk:{known.kiosk_id}", Actor(kind="kiosk", id=str(known.kiosk_id))
