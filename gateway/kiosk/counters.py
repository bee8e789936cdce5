"""Counting machines (点钞机): two officers let one speak, and what it signs is what it counted.

A slip alone proves nothing: a count by a counter rests on a record that the machine signed itself
(RFC 9421) for this very box, and each record makes one count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import approvals, trail
from accounts.errors import MakerIsChecker
from accounts.identifiers import new_id
from accounts.models import Person
from accounts.roles import KIOSK_OPERATOR
from gateway.kiosk.creating import fingerprint, officer, refuse_without
from gateway.kiosk.errors import (
    CounterNotUnderstood,
    CountNotUnderstood,
    RecordDiffers,
)
from gateway.kiosk.keys import offered
from gateway.kiosk.models import Box, Counter, CounterRecord
from gateway.signatures import Algorithm, Message, Policy, VerifyingKey, verify
from gateway.signatures.verifying import read

PURPOSE = "kiosk_counter"
TAG = "cash-counter"
POLICY = Policy(
    required=("@method", "@authority", "@path", "@query", "idempotency-key", "content-digest"),
    wants_expires=True,
    tag=TAG,
)
TIME_TO_DECIDE = timedelta(days=7)
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{2,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A counting machine's own word, as it was let in."""

    counter: Counter
    base: bytes
    signature: bytes
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a machine counted: its slip's number, the box, notes by value in fen, and when."""

    number: str
    label: str
    notes: dict[int, int]
    counted_at: datetime


def ask(
    *, code: str, pool: int, place: str, algorithm: str, public_pem: str, maker: Person,
    now: datetime,
) -> Counter:  # fmt: skip
    """The first officer enters a machine and its public key.

    NotAllowed, CounterNotUnderstood (its code, or known already), KioskKeyNotTaken.
    """
    refuse_without(maker, KIOSK_OPERATOR, pool, now)
    key = offered(algorithm, public_pem)
    if not _CODE.fullmatch(code) or Counter.objects.filter(code=code).exists():
        raise CounterNotUnderstood(counter=code[:32])
    content = {
        "counter": code, "place": place[:120], "algorithm": algorithm,
        "fingerprint": key.fingerprint, "public_pem": public_pem,
    }  # fmt: skip
    with transaction.atomic():
        approval = approvals.ask(
            maker=maker,
            purpose=PURPOSE,
            pool=pool,
            content=content,
            fingerprint=fingerprint(content),
            now=now,
            expires_at=now + TIME_TO_DECIDE,
            checker_role=KIOSK_OPERATOR,
        )
        return Counter.objects.create(
            id=approval.id,
            pool=pool,
            code=code,
            place=place[:120],
            algorithm=algorithm,
            public_pem=public_pem,
            fingerprint=key.fingerprint,
            maker=maker,
            asked_at=now,
        )


def approve(counter_id: UUID, *, checker: Person, now: datetime) -> Counter:
    """The second officer lets it speak. MakerIsChecker, NotAllowed, and the approval's refusals."""
    with transaction.atomic():
        counter = _locked(counter_id)
        if counter.maker_id == checker.pk:
            raise MakerIsChecker(id=counter_id, checker=checker.pk)
        approvals.approve(counter_id, checker=checker, now=now)
        trail.advance(
            counter, to="active", actor=officer(checker), because="a second officer approved",
            now=now, checker=checker,
        )  # fmt: skip
    return counter


def refuse(counter_id: UUID, *, checker: Person, now: datetime) -> None:
    """The second officer does not."""
    with transaction.atomic():
        counter = _locked(counter_id)
        approvals.refuse(counter_id, checker=checker, now=now)
        trail.advance(
            counter, to="refused", actor=officer(checker), because="a second officer refused",
            now=now,
        )  # fmt: skip


def retire(counter_id: UUID, *, by: Person, because: str, now: datetime) -> None:
    """Nothing the machine signs counts any more, also what it signed before; one officer is
    enough to stop."""
    with transaction.atomic():
        counter = _locked(counter_id)
        refuse_without(by, KIOSK_OPERATOR, counter.pool, now)
        trail.advance(counter, to="retired", actor=officer(by), because=because[:200], now=now)


def admit(message: Message, now: datetime) -> tuple[Counter, Heard]:
    """The machine that signed this message; SignatureRefused and its kin."""
    found: list[Counter] = []

    def key_of(key_id: str) -> VerifyingKey | None:
        counter = Counter.objects.filter(code=key_id[:32], state="active").first()
        if counter is None:
            return None
        found.append(counter)
        return VerifyingKey(
            key_id=counter.code,
            algorithm=Algorithm(counter.algorithm),
            material=counter.public_pem.encode("ascii"),
        )

    verified = verify(message, key_of=key_of, policy=POLICY, now=now)
    claimed = read(message, label=verified.label)
    return found[0], Heard(
        counter=found[0], base=verified.base, signature=claimed.signature, body=message.body
    )


def keep(heard: Heard, slip: Slip, *, now: datetime) -> CounterRecord:
    """Keeps what the machine signed; the same slip again is the same, RecordDiffers otherwise.

    CountNotUnderstood where notes are no notes.
    """
    if any(value <= 0 or many < 0 for value, many in slip.notes.items()):
        raise CountNotUnderstood
    told: dict[str, Any] = {
        "label": slip.label,
        "counted_fen": sum(value * many for value, many in slip.notes.items()),
        "notes": {str(value): many for value, many in sorted(slip.notes.items()) if many},
        "counted_at": slip.counted_at,
    }
    counter = heard.counter
    known = CounterRecord.objects.filter(counter=counter, slip=slip.number).first()
    if known is not None:
        return _same(known, told)
    wished = CounterRecord(
        id=new_id(now),
        counter=counter, slip=slip.number, kept_at=now,
        body=heard.body.decode(), base=heard.base.decode(),
        signature=heard.signature, **told,
    )  # fmt: skip
    CounterRecord.objects.bulk_create([wished], ignore_conflicts=True)
    return _same(CounterRecord.objects.get(counter=counter, slip=slip.number), told)


def record_for(box: Box, record_id: UUID) -> CounterRecord:
    """The signed record of this box, not counted by yet; CountNotUnderstood."""
    found = of_box(box)
    record = next((one for one in found if one.id == record_id), None)
    if record is None:
        raise CountNotUnderstood("no machine that may speak signed this for the box", box=box.label)
    return record


def of_box(box: Box) -> list[CounterRecord]:
    """What active machines of the box's pool signed for it, newest first."""
    rows = CounterRecord.objects.select_related("counter").filter(
        label=box.label, counter__pool=box.pool, counter__state="active"
    )
    return list(rows.order_by("-kept_at"))


def _locked(counter_id: UUID) -> Counter:
    found = Counter.objects.select_for_update(of=("self",)).filter(pk=counter_id).first()
    if found is None:
        raise CounterNotUnderstood(counter=str(counter_id))
    return found


def _same(known: CounterRecord, told: Mapping[str, Any]) -> CounterRecord:
    if any(getattr(known, name) != value for name, value in told.items()):
        raise RecordDiffers(slip=known.slip)
    return known
