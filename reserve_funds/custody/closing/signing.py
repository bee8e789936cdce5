"""Signs seals with the house's key and checks seals again: text, chain and signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import date
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from accounts import secrets
from reserve_funds.custody.closing.errors import SealBroken
from reserve_funds.ledger import sealing
from reserve_funds.ledger.sealing import Seal, Signature

KEY_NAME = "day-seal-key"
ED25519 = "Ed25519"


class Signer(Protocol):
    """Signs the text of a seal."""

    def sign(self, text: bytes) -> Signature: ...


class SecretKeySigner:
    """Signs with the Ed25519 key that the secrets keep under `day-seal-key` (64 hex digits)."""

    def sign(self, text: bytes) -> Signature:
        """SecretMissing or SecretMalformed when there is no such key: then nothing is sealed."""
        key = Ed25519PrivateKey.from_private_bytes(secrets.read_key(KEY_NAME))
        return Signature(
            key_name=KEY_NAME,
            algorithm=ED25519,
            public_key=key.public_key().public_bytes_raw(),
            signature=key.sign(text),
        )


def check_again(pool: int, *, first: date, last: date, trusted: frozenset[bytes]) -> list[Seal]:
    """Every seal of a span, each checked: digest, chain, signature by a trusted public key.

    SealBroken names the first that is not sound. That a seal is that of its transfers is what
    `check_book` re-derives (`seals_hold`).
    """
    found = sealing.seals(pool, first=first, last=last)
    before: bytes | None = None
    for nth, seal in enumerate(found):
        because = _fault(seal, trusted)
        if because is None and nth and seal.previous != before:
            because = "chain"
        if because is not None:
            raise SealBroken(pool=pool, day=seal.day.isoformat(), because=because)
        before = seal.digest
    return found


def own_public_key() -> bytes:
    """The public key of the house's own signer."""
    return SecretKeySigner().sign(b"").public_key


def export(seal: Seal) -> bytes:
    """The seal as a JSON document of its own, to be kept elsewhere. SealBroken when unsigned."""
    if seal.signature is None:
        raise SealBroken(pool=seal.pool, day=seal.day.isoformat(), because="unsigned")
    told: dict[str, Any] = {
        "form": "day-seal/1",
        "text": seal.text,
        "digest": seal.digest.hex(),
        "exception": seal.exception,
        "algorithm": seal.signature.algorithm,
        "key_name": seal.signature.key_name,
        "public_key": base64.b64encode(seal.signature.public_key).decode(),
        "signature": base64.b64encode(seal.signature.signature).decode(),
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _fault(seal: Seal, trusted: frozenset[bytes]) -> str | None:
    text = seal.text.encode()
    if not hmac.compare_digest(hashlib.sha256(text).digest(), seal.digest):
        return "digest"
    previous = seal.previous.hex() if seal.previous else "-"
    if not seal.text.endswith(f"\nprevious={previous}"):
        return "chain"
    if f"\nroot={seal.root.hex()}\n" not in seal.text:
        return "root"
    signature = seal.signature
    if signature is None:
        return "unsigned"
    if signature.algorithm != ED25519 or signature.public_key not in trusted:
        return "untrusted key"
    try:
        Ed25519PublicKey.from_public_bytes(signature.public_key).verify(signature.signature, text)
    except InvalidSignature:
        return "signature"
    return None
