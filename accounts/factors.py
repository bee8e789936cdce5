"""The second factor of officers: time-based codes (RFC 6238) and recovery codes, each used once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets as dice
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from accounts import secrets
from accounts.errors import SecretMalformed

STEP_SECONDS = 30
DIGITS = 6
SEAL_KEY = "officer-factor-1"
RECOVERY_CODES = 10
_SECRET_SIZE = 20
_NONCE_SIZE = 12
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP = 4, 4


def new_secret() -> bytes:
    """160 random bits, the size that RFC 4226 recommends."""
    return os.urandom(_SECRET_SIZE)


def seal(secret: bytes, officer_id: UUID) -> tuple[bytes, str]:
    """The secret under the key in use, bound to its officer; and the key's name."""
    name = os.environ.get("OFFICER_FACTOR_KEY", SEAL_KEY)
    nonce = os.urandom(_NONCE_SIZE)
    return nonce + AESGCM(secrets.read_key(name)).encrypt(nonce, secret, officer_id.bytes), name


def unseal(sealed: bytes, key_name: str, officer_id: UUID) -> bytes:
    """The secret sealed for this officer; SecretMalformed when the key does not open it."""
    cipher = AESGCM(secrets.read_key(key_name))
    try:
        return cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], officer_id.bytes)
    except InvalidTag:
        raise SecretMalformed("the key does not open it", name=key_name) from None


def code_at(secret: bytes, now: datetime) -> str:
    """The six digits of this moment."""
    return _code(secret, _step(now))


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step this code belongs to: the present one or a neighbour; None for no such code.

    All three are compared, each in constant time.
    """
    said = code.encode()
    found = None
    for step in (_step(now) - 1, _step(now), _step(now) + 1):
        if hmac.compare_digest(_code(secret, step).encode(), said):
            found = step
    return found


def address_of(secret: bytes, login_name: str, issuer: str) -> str:
    """The `otpauth://` address that authenticator apps read from a QR code."""
    named = f"{quote(issuer)}:{quote(login_name)}"
    return f"otpauth://totp/{named}?secret={spelled(secret)}&issuer={quote(issuer)}"


def spelled(secret: bytes) -> str:
    """The secret as people type it into an app: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits, as `ABCD-EFGH-JKLM-NPQR`."""
    return [
        "-".join("".join(dice.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def digest_of(code: str, officer_id: UUID) -> bytes:
    """What is kept of a recovery code; blanks, hyphens and small letters are forgiven."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(officer_id.bytes + plain.encode()).digest()


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _code(secret: bytes, step: int) -> str:
    # SHA-1 is what RFC 6238 says and what every authenticator app computes.
    totp = TOTP(secret, DIGITS, hashes.SHA1(), STEP_SECONDS)  # noqa: S303
    return totp.generate(step * STEP_SECONDS).decode()
