"""Keys of kiosks: the first by a one-time code, the next by the one before, revoked by officers.

At most one works and one is incoming. Whoever brings a key signs with it, so that nobody enters
another's; it works once its kiosk signs a request with it, and the former is retired in the same
moment. What was signed to bring it stays with the row (gateway.kiosk.key_proofs).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import Kiosk, Person
from accounts.roles import SECURITY_OFFICER
from gateway.kiosk import key_proofs
from gateway.kiosk.creating import digest, officer, refuse_without
from gateway.kiosk.errors import EnrolmentRefused, KioskKeyNotTaken
from gateway.kiosk.key_proofs import Proof, verifying_key
from gateway.kiosk.models import Enrolment, Key, Session
from gateway.kiosk.models.fleet import KEY_ALGORITHMS
from gateway.signatures import Algorithm, Message, VerifyingKey
from gateway.signatures.errors import SignatureRefused, SigningKeyUnusable
from gateway.signatures.keys import check

LIFE = timedelta(days=365)
LIVING = ("active", "incoming")
_LONGEST_PEM = 2_000


def enrol(
    code: str, *, algorithm: str, public_pem: str, message: Message, now: datetime
) -> tuple[Kiosk, Key]:
    """The machine's first key, proved by the request's own signature; puts it into service.

    Keys the kiosk still had are retired. The same code with the same key again is the same key.
    EnrolmentRefused; whatever is wrong, nothing says what, and an approved code is not used up.
    """
    new = offered(algorithm, public_pem)
    proof = key_proofs.by_new_key(message, new, now)
    with transaction.atomic():
        rows = Enrolment.objects.select_for_update(of=("self",)).select_related("kiosk__operator")
        enrolment = rows.filter(code_digest=digest(code)).first()
        if enrolment is None:
            raise EnrolmentRefused
        kiosk = enrolment.kiosk
        if enrolment.state == "used":
            return kiosk, _same_again(kiosk, new, now)
        if enrolment.state != "approved" or enrolment.expires_at <= now:
            raise EnrolmentRefused
        machine = Actor(kind="kiosk", id=str(kiosk.id))
        Kiosk.objects.select_for_update().get(pk=kiosk.pk)
        trail.advance(enrolment, to="used", actor=machine, because="a machine enrolled", now=now)
        for former in Key.objects.filter(kiosk=kiosk, state__in=LIVING):
            trail.advance(former, to="retired", actor=machine, because="enrolled anew", now=now)
        key = _add(kiosk, new, proof, actor=machine, now=now, enrolment=enrolment)
        trail.advance(key, to="active", actor=machine, because="it enrolled", now=now)
        if kiosk.state in ("planned", "suspended"):
            trail.advance(
                kiosk, to="in_service", actor=machine, because="it made its key known", now=now
            )
    return kiosk, key


def rotate(
    kiosk: Kiosk, old: Key, *, algorithm: str, public_pem: str, message: Message, now: datetime
) -> Key:
    """The incoming key, proved by a second signature of the same request; `old` works until the
    kiosk signs with it. Another that was incoming is retired.

    The caller has verified the old key's signature. KioskKeyNotTaken, SignatureRefused.
    """
    new = offered(algorithm, public_pem)
    key_proofs.by_new_key(message, new, now, tag=key_proofs.NEW_KEY_TAG)
    proof = key_proofs.by_old_key(message, old, now)
    actor = Actor(kind="kiosk", id=str(kiosk.id))
    with transaction.atomic():
        Kiosk.objects.select_for_update().get(pk=kiosk.pk)
        known = Key.objects.filter(fingerprint=new.fingerprint).first()
        if known is not None and known.kiosk_id == kiosk.pk and known.state in LIVING:
            return known
        for other in Key.objects.filter(kiosk=kiosk, state="incoming"):
            trail.advance(other, to="retired", actor=actor, because="another was brought", now=now)
        return _add(kiosk, new, proof, actor=actor, now=now, signed_in_by=old)


def take_over(key: Key, *, now: datetime) -> None:
    """The kiosk signed with its incoming key: from now on it works, and the former never again."""
    actor = Actor(kind="kiosk", id=str(key.kiosk_id))
    with transaction.atomic():
        Kiosk.objects.select_for_update().get(pk=key.kiosk_id)
        key.refresh_from_db(fields=["state"])
        if key.state != "incoming":
            return
        for former in Key.objects.filter(kiosk=key.kiosk_id, state="active"):
            trail.advance(former, to="retired", actor=actor, because="the next works", now=now)
        trail.advance(key, to="active", actor=actor, because="its kiosk signed with it", now=now)


def revoke(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> int:
    """Ends every key of the kiosk and its session at once, and suspends it; how many keys.

    One officer is enough to stop: it takes two, and a new code, to begin again.
    """
    refuse_without(by, SECURITY_OFFICER, kiosk.operator.pool, now)
    with transaction.atomic():
        row = Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        ended = end_all(kiosk, actor=officer(by), because=because, now=now)
        if row.state == "in_service":
            trail.advance(row, to="suspended", actor=officer(by), because=because, now=now)
    trail.alarm(
        "kiosk_keys_revoked", actor=officer(by), now=now, subject=f"kiosk:{kiosk.id}", keys=ended
    )
    return ended


def end_all(kiosk: Kiosk, *, actor: Actor, because: str, now: datetime) -> int:
    """Ends the kiosk's keys and its session, in the caller's transaction; how many keys."""
    living = list(Key.objects.select_for_update().filter(kiosk=kiosk, state__in=LIVING))
    for key in living:
        trail.advance(key, to="retired", actor=actor, because=because, now=now)
    for session in Session.objects.filter(kiosk=kiosk, state="on"):
        trail.advance(session, to="off", actor=actor, because=because, now=now, signed_off_at=now)
    return len(living)


def of_id(key_id: str, now: datetime) -> Key | None:
    """The working or incoming key of this id, with its kiosk in whatever state; one question.

    None for one that nobody signed in, however it came to be written.
    """
    rows = Key.objects.select_related("kiosk__operator")
    found = rows.filter(key_id=key_id[:64], state__in=LIVING, expires_at__gt=now).first()
    return found if found is not None and _is_proved(found.pk) else None


def offered(algorithm: str, public_pem: str) -> VerifyingKey:
    """A public key that a machine offers, named by its fingerprint; KioskKeyNotTaken."""
    if algorithm not in KEY_ALGORITHMS or not 0 < len(public_pem) <= _LONGEST_PEM:
        raise KioskKeyNotTaken(algorithm=algorithm[:24])
    key = VerifyingKey(
        key_id="new", algorithm=Algorithm(algorithm), material=public_pem.encode("utf-8")
    )
    try:
        check(key)
    except SigningKeyUnusable as wrong:
        raise KioskKeyNotTaken(algorithm=algorithm) from wrong
    if key_proofs.plain_fingerprint(public_pem) != key.fingerprint:
        raise KioskKeyNotTaken("not written as SubjectPublicKeyInfo", algorithm=algorithm)
    return replace(key, key_id=f"kio-{key.fingerprint[:24]}")


@lru_cache(maxsize=4096)
def _is_proved(key_id: UUID) -> bool:
    """What brought a key never changes, so it is looked at once for each process."""
    return key_proofs.holds(Key.objects.select_related("signed_in_by", "enrolment").get(pk=key_id))


def _same_again(kiosk: Kiosk, offered: VerifyingKey, now: datetime) -> Key:
    found = Key.objects.filter(
        kiosk=kiosk, fingerprint=offered.fingerprint, state__in=LIVING, expires_at__gt=now
    ).first()
    if found is None:
        raise EnrolmentRefused
    return found


def _add(
    kiosk: Kiosk,
    offered: VerifyingKey,
    proof: Proof,
    *,
    actor: Actor,
    now: datetime,
    enrolment: Enrolment | None = None,
    signed_in_by: Key | None = None,
) -> Key:
    try:
        with transaction.atomic():
            key = Key.objects.create(
                id=new_id(now),
                kiosk=kiosk,
                key_id=offered.key_id,
                algorithm=offered.algorithm.value,
                public_pem=offered.material.decode("utf-8"),
                fingerprint=offered.fingerprint,
                added_at=now,
                expires_at=now + LIFE,
                enrolment=enrolment,
                signed_in_by=signed_in_by,
                base=proof.base.decode(),
                body=proof.body,
                signature=proof.signature,
            )
    except IntegrityError as error:
        raise KioskKeyNotTaken("the key was known before") from error
    trail.record(
        "kiosk_key_added",
        actor=actor,
        now=now,
        subject=f"kiosk:{kiosk.id}",
        key_id=key.key_id,
        fingerprint=key.fingerprint,
    )
    return key


__all__ = [
    "SignatureRefused", "end_all", "enrol", "of_id", "offered", "revoke", "rotate", "take_over",
    "verifying_key",
]  # fmt: skip
