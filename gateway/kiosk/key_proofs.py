"""What brought a key of a kiosk: kept beside its row, so that anybody can check it, any time.

The first key: the enrolment's own request, signed with it, whose body names the one-time code. Any
other: the request that the working key signed, whose body names the new one. The database checks
all of it but the signature (migration 0005); the signature is checked here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from gateway.kiosk.models import Key
from gateway.signatures import (
    Algorithm,
    Message,
    Policy,
    VerifyingKey,
    content_digest,
    verify,
)
from gateway.signatures.verifying import read

TAG = "kiosk"
ENROLMENT_TAG = "kiosk-enrolment"
NEW_KEY_TAG = "kiosk-new-key"
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was signed, the body under it, and the signature."""

    base: bytes
    body: bytes
    signature: bytes


def by_new_key(
    message: Message, new: VerifyingKey, now: datetime, *, tag: str = ENROLMENT_TAG
) -> Proof:
    """That whoever brings a key has it; SignatureRefused and its kin."""
    return _proof(message, new, tag, now)


def by_old_key(message: Message, old: Key, now: datetime) -> Proof:
    """That the working key signed another in; SignatureRefused and its kin."""
    return _proof(message, verifying_key(old), TAG, now)


def holds(key: Key) -> bool:
    """Whether what stands beside a key really brought it.

    Keys older than this law have nothing beside them; the database takes none without any more.
    """
    if not key.base:
        return True
    signer = key if key.signed_in_by is None else key.signed_in_by
    base, body = key.base.encode(), bytes(key.body)
    told = json.loads(body)
    if key.signed_in_by is None:
        known = key.enrolment and bytes(key.enrolment.code_digest or b"")
        is_asked = hashlib.sha256(str(told.get("code", "")).strip().encode()).digest() == known
    else:
        is_asked = b"/kiosk/keys\n" in base and f'keyid="{signer.key_id}"'.encode() in base
    return (
        is_asked
        and str(told.get("public_pem", "")).strip() == key.public_pem.strip()
        and told.get("algorithm") == key.algorithm
        and any(content_digest(body, one).encode() in base for one in ("sha-256", "sha-512"))
        and verifying_key(signer).verifies(base, bytes(key.signature))
    )


def verifying_key(key: Key) -> VerifyingKey:
    """A kiosk's key as signatures know it; its row alone says the algorithm."""
    return VerifyingKey(
        key_id=key.key_id,
        algorithm=Algorithm(key.algorithm),
        material=key.public_pem.encode("ascii"),
    )


def plain_fingerprint(pem: str) -> str:
    """SHA-256 of the bytes a PEM carries, in hex, as the database reads it; empty for none."""
    text = "".join(pem.replace(_BEGIN, "").replace(_END, "").split())
    try:
        return hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return ""


def _proof(message: Message, key: VerifyingKey, tag: str, now: datetime) -> Proof:
    policy = Policy(wants_expires=True, wants_nonce=False, tag=tag)
    verified = verify(message, key_of=lambda _: key, policy=policy, now=now)
    claimed = read(message, label=verified.label)
    return Proof(base=verified.base, body=message.body, signature=claimed.signature)
