"""The keys that events are signed with: the newest signs, all that are named are published."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.conf import settings

from accounts import secrets
from accounts.errors import SecretMissing
from gateway.events.errors import EventKeysMissing
from gateway.signatures import Algorithm, Message, SigningKey, Wish, sign
from gateway.signatures.keys import check

TAG = "transport-card-event"
LIFE = timedelta(minutes=5)
COVERED = ("@method", "@authority", "@path", "@query", "content-type", "event-delivery")


def signed(message: Message, *, now: datetime, nonce: str) -> Mapping[str, str]:
    """The fields that go with a message of ours. EventKeysMissing, SecretMissing."""
    wish = Wish(created=now, expires=now + LIFE, nonce=nonce, tag=TAG, components=COVERED)
    return sign(message, signing_key(), wish)


def signing_key() -> SigningKey:
    """The first that EVENT_SIGNING_KEYS names."""
    return _key(_names()[0])


def published() -> dict[str, Any]:
    """Every key by which a receiver may find an event signed, as a JWK set (RFC 7517, 8037)."""
    return {"keys": [_jwk(_key(name)) for name in _names()]}


def key_names() -> list[str]:
    """The keys' ids, the signing one first; the others are published for what they signed."""
    return _names()


def _names() -> list[str]:
    names: list[str] = list(settings.EVENT_SIGNING_KEYS)
    if not names:
        raise EventKeysMissing
    return names


def _key(name: str) -> SigningKey:
    """The key of that secret's name, which is its key id too; the sandbox makes it when missing."""
    try:
        pem = secrets.read(name)
    except SecretMissing:
        if not secrets.in_sandbox():
            raise
        secrets.write_sandbox(name, _made())
        pem = secrets.read(name)
    key = SigningKey(key_id=name, algorithm=Algorithm.ED25519, material=pem)
    check(key)
    return key


def _made() -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _jwk(key: SigningKey) -> dict[str, str]:
    public = serialization.load_pem_public_key(key.public.material)
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.key_id, "x": x}
