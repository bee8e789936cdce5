"""SM2 keys in PEM as OpenSSL and GmSSL write them, which cryptography does not read.

Only the two exact layouts are read: SubjectPublicKeyInfo, and PKCS#8 that carries its public key.
"""

from __future__ import annotations

import base64
import binascii
import textwrap

from gateway.signatures import sm2
from gateway.signatures.sm2 import NotSm2

_SPKI = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D034200" + "04")
_PKCS8 = bytes.fromhex("308187020100301306072A8648CE3D020106082A811CCF5501822D046D306B0201010420")
_PKCS8_POINT = bytes.fromhex("A144034200" + "04")
_PRIVATE_LENGTH = len(_PKCS8) + sm2.KEY_LENGTH + len(_PKCS8_POINT) + sm2.POINT_LENGTH


def public(pem: bytes) -> bytes:
    """x and y of the key, 64 bytes; NotSm2."""
    der = _body(pem, "PUBLIC KEY")
    if not der.startswith(_SPKI) or len(der) != len(_SPKI) + sm2.POINT_LENGTH:
        raise NotSm2("not the public key of an SM2 pair")
    return sm2.public_point(der[len(_SPKI) :])


def private(pem: bytes) -> tuple[bytes, bytes]:
    """The private key (32 bytes) and its public one (64 bytes); NotSm2 when they are no pair."""
    der = _body(pem, "PRIVATE KEY")
    after = len(_PKCS8) + sm2.KEY_LENGTH
    point_at = after + len(_PKCS8_POINT)
    if not der.startswith(_PKCS8) or der[after:point_at] != _PKCS8_POINT:
        raise NotSm2("not PKCS#8 of an SM2 pair")
    if len(der) != _PRIVATE_LENGTH:
        raise NotSm2("not PKCS#8 of an SM2 pair")
    secret, point = der[len(_PKCS8) : after], sm2.public_point(der[point_at:])
    if not sm2.verify(point, b"pair", sm2.sign(secret, point, b"pair")):
        raise NotSm2("private and public key are no pair")
    return secret, point


def write_public(point: bytes) -> bytes:
    """The PEM of a public key."""
    return _pem(public_der(point), "PUBLIC KEY")


def write_private(secret: bytes, point: bytes) -> bytes:
    """The PEM of a pair, for the sandbox and tests."""
    return _pem(_PKCS8 + secret + _PKCS8_POINT + point, "PRIVATE KEY")


def public_der(point: bytes) -> bytes:
    """SubjectPublicKeyInfo of a public key."""
    return _SPKI + sm2.public_point(point)


def _body(pem: bytes, kind: str) -> bytes:
    lines = pem.decode("ascii", "replace").split()
    text = " ".join(lines)
    begin, end = f"-----BEGIN {kind}-----", f"-----END {kind}-----"
    if not text.startswith(begin) or not text.endswith(end):
        raise NotSm2("not PEM of this kind")
    try:
        return base64.b64decode(text[len(begin) : -len(end)].replace(" ", ""), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NotSm2("not PEM of this kind") from wrong


def _pem(der: bytes, kind: str) -> bytes:
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""]).encode()
