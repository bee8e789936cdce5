"""SM2 with SM3 by plain arithmetic (GB/T 32918): slow, short, and nobody else's code."""

import base64
import secrets
import textwrap
from functools import lru_cache

from cryptography.hazmat.primitives import hashes

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
_USER_ID = b"1234567812345678"
_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")

Point = tuple[int, int] | None


def sm3(message: bytes) -> bytes:
    """The digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(message)
    return digest.finalize()


def make_pair() -> tuple[int, bytes]:
    """A private number and the PEM of its public key."""
    private = secrets.randbelow(_N - 2) + 1
    return private, public_pem(private)


def public_pem(private: int) -> bytes:
    """SubjectPublicKeyInfo with the SM2 curve's name."""
    point = _public(private)
    assert point is not None
    der = _SPKI_HEAD + b"\x04" + point[0].to_bytes(32) + point[1].to_bytes(32)
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(
        ["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]
    ).encode()


def sign(private: int, message: bytes) -> bytes:
    """r and s, 32 bytes each."""
    digest = int.from_bytes(sm3(_z(_public(private)) + message))
    while True:
        k = secrets.randbelow(_N - 1) + 1
        at = _times(k, (_GX, _GY))
        assert at is not None
        r = (digest + at[0]) % _N
        if r == 0 or r + k == _N:
            continue
        s = pow(1 + private, -1, _N) * (k - r * private) % _N
        if s:
            return r.to_bytes(32) + s.to_bytes(32)


def verify(pem: bytes, message: bytes, signature: bytes) -> bool:
    """Whether r and s are this key's over the message; False for what is no SM2 key at all."""
    point = _point(pem)
    if point is None or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    t = (r + s) % _N
    if not 0 < r < _N or not 0 < s < _N or t == 0:
        return False
    digest = int.from_bytes(sm3(_z(point) + message))
    at = _plus(_times(s, (_GX, _GY)), _times(t, point))
    return at is not None and (digest + at[0]) % _N == r


def _point(pem: bytes) -> Point:
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-----"))
    der = base64.b64decode(body)
    if not der.startswith(_SPKI_HEAD + b"\x04") or len(der) != len(_SPKI_HEAD) + 65:
        return None
    x, y = int.from_bytes(der[-64:-32]), int.from_bytes(der[-32:])
    return (x, y) if (y * y - (x * x * x + _A * x + _B)) % _P == 0 else None


@lru_cache(maxsize=64)
def _public(private: int) -> Point:
    return _times(private, (_GX, _GY))


def _z(point: Point) -> bytes:
    assert point is not None
    parts = [_A, _B, _GX, _GY, *point]
    length = (len(_USER_ID) * 8).to_bytes(2)
    return sm3(length + _USER_ID + b"".join(part.to_bytes(32) for part in parts))


def _plus(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % _P == 0:
            return None
        slope = (3 * one[0] * one[0] + _A) * pow(2 * one[1], -1, _P) % _P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P) % _P
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _times(number: int, point: Point) -> Point:
    found: Point = None
    for place, doubled in enumerate(_doublings(point)):
        if number >> place & 1:
            found = _plus(found, doubled)
    return found


@lru_cache(maxsize=64)
def _doublings(point: Point) -> tuple[Point, ...]:
    """The point times 1, 2, 4 and so on, as far as any number below the order goes."""
    steps = [point]
    for _ in range(_N.bit_length() - 1):
        steps.append(_plus(steps[-1], steps[-1]))
    return tuple(steps)
