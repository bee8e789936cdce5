"""Keys of kiosks: the first by a one-time code, the next by the one before, revoked by officers.

Whoever brings a key signs with it, so that nobody enters another's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import Kiosk, Person
from accounts.roles import SECURITY_OFFICER
from gateway.kiosk.creating import digest, officer, refuse_without
from gateway.kiosk.errors import EnrolmentRefused, KioskKeyNotTaken
from gateway.kiosk.models import Enrolment, Key, Session
from gateway.kiosk.models.fleet import KEY_ALGORITHMS, KEY_SLOTS
from gateway.signatures import Algorithm, Message, Policy, Verified, VerifyingKey, verify
from gateway.signatures.errors import SignatureRefused, SigningKeyUnusable
from gateway.signatures.keys import check

ENROLMENT_TAG = "kiosk-enrolment"
NEW_KEY_TAG = "kiosk-new-key"
LIFE = timedelta(days=365)
OVERLAP = timedelta(hours=24)
_LONGEST_PEM = 2_000


def enrol(
    code: str, *, algorithm: str, public_pem: str, message: Message, now: datetime
) -> tuple[Kiosk, Key]:
    """The machine's first key, proved by the request's own signature; puts it into service.

    The same code with the same key again is the same key. EnrolmentRefused; whatever is wrong,
    nothing says what, and an approved code is not used up by it.
    """
    new = offered(algorithm, public_pem)
    _prove(message, new, ENROLMENT_TAG, now)
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
        trail.advance(enrolment, to="used", actor=machine, because="a machine enrolled", now=now)
        key = _add(kiosk, new, actor=machine, now=now, enrolment=enrolment)
        if kiosk.state in ("planned", "suspended"):
            trail.advance(
                kiosk, to="in_service", actor=machine, because="it made its key known", now=now
            )
    return kiosk, key


def rotate(
    kiosk: Kiosk, old: Key, *, algorithm: str, public_pem: str, message: Message, now: datetime
) -> Key:
    """A second key, proved by a second signature of the same request; the old one has a day left.

    The caller has verified the old key's signature. KioskKeyNotTaken, SignatureRefused.
    """
    new = offered(algorithm, public_pem)
    _prove(message, new, NEW_KEY_TAG, now)
    actor = Actor(kind="kiosk", id=str(kiosk.id))
    with transaction.atomic():
        Kiosk.objects.select_for_update().get(pk=kiosk.pk)
        known = Key.objects.filter(fingerprint=new.fingerprint).first()
        if known is not None and known.kiosk_id == kiosk.pk and known.state == "active":
            return known
        _retire_expired(kiosk, now)
        key = _add(kiosk, new, actor=actor, now=now)
        ends = min(old.expires_at, now + OVERLAP)
        Key.objects.filter(pk=old.pk).update(expires_at=ends)
    return key


def revoke(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> int:
    """Ends every key of the kiosk and its session at once, and suspends it; how many keys.

    One officer is enough to stop: it takes two, and a new code, to begin again.
    """
    refuse_without(by, SECURITY_OFFICER, kiosk.operator.pool, now)
    with transaction.atomic():
        row = Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        active = list(Key.objects.select_for_update().filter(kiosk=kiosk, state="active"))
        for key in active:
            trail.advance(key, to="retired", actor=officer(by), because=because, now=now)
        for session in Session.objects.filter(kiosk=kiosk, state="on"):
            trail.advance(
                session, to="off", actor=officer(by), because=because, now=now, signed_off_at=now
            )
        if row.state == "in_service":
            trail.advance(row, to="suspended", actor=officer(by), because=because, now=now)
    trail.alarm(
        "kiosk_keys_revoked", actor=officer(by), now=now, subject=f"kiosk:{kiosk.id}",
        keys=len(active),
    )  # fmt: skip
    return len(active)


def of_id(key_id: str, now: datetime) -> Key | None:
    """The key of this id that works now, with its kiosk in whatever state; one question."""
    rows = Key.objects.select_related("kiosk__operator")
    return rows.filter(key_id=key_id[:64], state="active", expires_at__gt=now).first()


def verifying_key(key: Key) -> VerifyingKey:
    """A kiosk's key as signatures know it; its row alone says the algorithm."""
    return VerifyingKey(
        key_id=key.key_id,
        algorithm=Algorithm(key.algorithm),
        material=key.public_pem.encode("ascii"),
    )


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
    return replace(key, key_id=f"kio-{key.fingerprint[:24]}")


def _prove(message: Message, offered: VerifyingKey, tag: str, now: datetime) -> Verified:
    policy = Policy(wants_expires=True, wants_nonce=False, tag=tag)
    return verify(message, key_of=lambda _: offered, policy=policy, now=now)


def _same_again(kiosk: Kiosk, offered: VerifyingKey, now: datetime) -> Key:
    found = Key.objects.filter(
        kiosk=kiosk, fingerprint=offered.fingerprint, state="active", expires_at__gt=now
    ).first()
    if found is None:
        raise EnrolmentRefused
    return found


def _retire_expired(kiosk: Kiosk, now: datetime) -> None:
    actor = Actor(kind="kiosk", id=str(kiosk.id))
    for key in Key.objects.filter(kiosk=kiosk, state="active", expires_at__lte=now):
        trail.advance(key, to="retired", actor=actor, because="its time is over", now=now)


def _add(
    kiosk: Kiosk,
    offered: VerifyingKey,
    *,
    actor: Actor,
    now: datetime,
    enrolment: Enrolment | None = None,
) -> Key:
    active = Key.objects.filter(kiosk=kiosk, state="active")
    free = sorted(set(KEY_SLOTS) - set(active.values_list("slot", flat=True)))
    if not free:
        raise KioskKeyNotTaken("two keys work already")
    try:
        with transaction.atomic():
            key = Key.objects.create(
                id=new_id(now),
                kiosk=kiosk,
                key_id=offered.key_id,
                algorithm=offered.algorithm.value,
                public_pem=offered.material.decode("utf-8"),
                fingerprint=offered.fingerprint,
                slot=free[0],
                added_at=now,
                expires_at=now + LIFE,
                enrolment=enrolment,
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


__all__ = ["SignatureRefused", "enrol", "of_id", "revoke", "rotate", "verifying_key"]
