"""A person's mobile number: understood, sealed under a key by name, and found by a blind index."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts import secrets
from accounts.errors import PhoneNotUnderstood, SecretMalformed
from accounts.masking import mask_phone as mask_phone

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_NONCE_SIZE = 12
INDEX_KEY = "phone-index"
DEFAULT_SEAL_KEY = "phone-seal-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPhone:
    """What is stored of a number: nonce and AES-256-GCM text, and the name of the key."""

    sealed: bytes
    key_name: str


def understand(text: str) -> str:
    """The 11 digits of a mainland mobile number; PhoneNotUnderstood for anything else.

    Blanks and hyphens between digits and a leading +86 are forgiven. The error tells the length
    only, never the number.
    """
    digits = re.sub(r"[ \-]", "", text.strip()).removeprefix("+86")
    if not _MOBILE.fullmatch(digits):
        raise PhoneNotUnderstood(length=len(digits))
    return digits


def index(phone: str) -> bytes:
    """HMAC-SHA256 of the number: equal numbers meet in it, and nobody without the key reads it."""
    return hmac.digest(secrets.read_key(INDEX_KEY), phone.encode(), hashlib.sha256)


def seal(phone: str, person_id: UUID) -> SealedPhone:
    """The number under the key in use, bound to its person so that rows cannot be swapped."""
    key_name = os.environ.get("PHONE_SEAL_KEY", DEFAULT_SEAL_KEY)
    nonce = os.urandom(_NONCE_SIZE)
    text = AESGCM(secrets.read_key(key_name)).encrypt(nonce, phone.encode(), person_id.bytes)
    return SealedPhone(sealed=nonce + text, key_name=key_name)


def unseal(sealed: bytes, key_name: str, person_id: UUID) -> str:
    """The number sealed for this person under the key of that name; SecretMalformed otherwise."""
    cipher = AESGCM(secrets.read_key(key_name))
    try:
        clear = cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], person_id.bytes)
    except InvalidTag:
        raise SecretMalformed("the key does not open it", name=key_name) from None
    return clear.decode()
