"""The debugger's view of 微信支付's signatures."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.channels.debugging.values import Claim, NotClaimed, Specimen, Verdict
from gateway.channels.values import Merchant

_PARTS = ("Timestamp", "Nonce", "Signature", "Serial")
_LATEST = 253_402_300_799


def claim_of(merchant: Merchant, specimen: Specimen, now: datetime) -> Claim:
    """`timestamp LF nonce LF body LF` under the platform key that the headers name."""
    given = _given(specimen.headers)
    pem = merchant.platform_keys.get(given["Serial"])
    if pem is None:
        raise NotClaimed(Verdict.KEY_UNKNOWN, f"no key of the id {given['Serial'][:64]!r}")
    key = _key(pem)
    try:
        signature = base64.b64decode(given["Signature"], validate=True)
    except binascii.Error:
        raise NotClaimed(Verdict.UNREADABLE, "the signature is not Base64") from None
    canonical = f"{given['Timestamp']}\n{given['Nonce']}\n".encode() + specimen.body + b"\n"
    return Claim(
        key_id=given["Serial"],
        algorithm="rsa-v1_5-sha256",
        canonical=canonical,
        digests={"SHA-256": hashlib.sha256(canonical).hexdigest()},
        verifies=lambda message: _verifies(key, message, signature),
        nonce=given["Nonce"],
        signed_at=_moment(given["Timestamp"]),
    )


def _given(headers: Mapping[str, str]) -> Mapping[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in _PARTS if not lower.get(f"wechatpay-{name}".lower())]
    if missing:
        raise NotClaimed(Verdict.UNREADABLE, f"no Wechatpay-{', Wechatpay-'.join(missing)}")
    return {name: lower[f"wechatpay-{name}".lower()] for name in _PARTS}


def _moment(text: str) -> datetime:
    if not text.isascii() or not text.isdigit() or int(text) > _LATEST:
        raise NotClaimed(Verdict.UNREADABLE, "the timestamp is not whole seconds")
    return datetime.fromtimestamp(int(text), UTC)


def _key(pem: bytes) -> rsa.RSAPublicKey:
    try:
        if b"BEGIN CERTIFICATE" in pem:
            key: object = x509.load_pem_x509_certificate(pem).public_key()
        else:
            key = serialization.load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotClaimed(Verdict.KEY_UNUSABLE, "the record holds no RSA key")
    return key


def _verifies(key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
