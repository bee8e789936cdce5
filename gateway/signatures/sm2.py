"""SM2 with SM3 (GB/T 32918, GM/T 0003, 0009): signatures as r and s, 64 bytes, over any message.

GmSSL's curve arithmetic behind our own digest: Z of signer and user id comes from cryptography's
SM3 and is kept, since making it anew for every signature costs ten times the signature.
"""

from __future__ import annotations

from functools import lru_cache

import gmssl_pyx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

USER_ID = b"1234567812345678"  # the default of GM/T 0009
KEY_LENGTH, POINT_LENGTH, SIGNATURE_LENGTH = 32, 64, 64
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_CURVE = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"  # a
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"  # b
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"  # the base point
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)


class NotSm2(ValueError):
    """Not a key or point of the curve."""


def sign(private: bytes, public: bytes, message: bytes, *, user_id: bytes = USER_ID) -> bytes:
    """r and s, 32 bytes each. `private` is 32 bytes, `public` x and y of 32 bytes each; NotSm2."""
    if not 0 < int.from_bytes(private) < _ORDER - 1 or len(private) != KEY_LENGTH:
        raise NotSm2("not a private key of SM2")
    try:
        der = gmssl_pyx.sm2_sign_sm3_digest(private, digest(public, message, user_id=user_id))
    except gmssl_pyx.GmsslInnerError as wrong:
        raise NotSm2("the key cannot sign") from wrong
    return to_fixed(der)


def verify(public: bytes, message: bytes, signature: bytes, *, user_id: bytes = USER_ID) -> bool:
    """Whether r and s (64 bytes) are this key's over the message; NotSm2 for no public key."""
    if len(signature) != SIGNATURE_LENGTH or not _in_range(signature):
        return False
    asked = digest(public, message, user_id=user_id)
    try:
        return bool(gmssl_pyx.sm2_verify_sm3_digest(public, asked, to_der(signature)))
    except gmssl_pyx.GmsslInnerError:
        return False


def digest(public: bytes, message: bytes, *, user_id: bytes = USER_ID) -> bytes:
    """e = SM3(Z, message), 32 bytes."""
    started = _after_z(public, user_id).copy()
    started.update(message)
    return started.finalize()


def z(public: bytes, *, user_id: bytes = USER_ID) -> bytes:
    """Z = SM3(length of the id in bits, id, the curve, the public key), 32 bytes."""
    checked = public_point(public)
    identity = (len(user_id) * 8).to_bytes(2) + user_id
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(identity + _CURVE + checked)
    return hasher.finalize()


def public_point(public: bytes) -> bytes:
    """x and y of a point of the curve, 64 bytes; NotSm2 for anything else."""
    try:
        return bytes(gmssl_pyx.normalize_sm2_public_key(public))
    except gmssl_pyx.InvalidValueError as wrong:
        raise NotSm2("not a public key of SM2") from wrong


def to_fixed(der: bytes) -> bytes:
    """r and s of a DER signature, 32 bytes each; NotSm2."""
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(32) + s.to_bytes(32)
    except (ValueError, OverflowError) as wrong:
        raise NotSm2("not a DER signature") from wrong


def to_der(signature: bytes) -> bytes:
    """The DER form of r and s."""
    return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))


def _in_range(signature: bytes) -> bool:
    parts = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    return all(0 < part < _ORDER for part in parts)


@lru_cache(maxsize=256)
def _after_z(public: bytes, user_id: bytes) -> hashes.Hash:
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(z(public, user_id=user_id))
    return hasher
