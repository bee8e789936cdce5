"""A top-up's name as a link carries it: sealed for one use, so that none is made up or counted."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from gateway.topup.errors import TopupNotFound

_ID_BYTES, _SEAL_BYTES = 16, 16


def sealed(own_id: UUID, use: str) -> str:
    """43 characters of base64url: the id, and a seal that only this house makes for this use."""
    return base64.urlsafe_b64encode(own_id.bytes + _seal(own_id, use)).rstrip(b"=").decode()


def opened(token: str, use: str) -> UUID:
    """The id that was sealed for this use; TopupNotFound for every text that is not one of ours."""
    try:
        plain = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        plain = b""
    if len(plain) != _ID_BYTES + _SEAL_BYTES:
        raise TopupNotFound
    own_id = UUID(bytes=plain[:_ID_BYTES])
    if not constant_time_compare(sealed(own_id, use).encode(), token.encode()):
        raise TopupNotFound
    return own_id


def _seal(own_id: UUID, use: str) -> bytes:
    return salted_hmac(use, own_id.bytes, algorithm="sha256").digest()[:_SEAL_BYTES]
