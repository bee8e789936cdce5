"""The wallet's side of the wire: checks what merchants sign, signs and seals what it says."""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.sandbox.neighbours.refusal import Refusal

AUTH_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_PART = re.compile(r'([a-z_]+)="([^"]*)"')
_FRESH_SECONDS = 300


class SignError(Exception):
    """The merchant's request is not signed as it must be; the text tells a developer why."""


def dump(words: Mapping[str, Any]) -> bytes:
    """JSON as the wallet writes it."""
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def authorization_parts(header: str) -> dict[str, str]:
    """The named parts of an Authorization header, in any order."""
    scheme, _, rest = header.partition(" ")
    if scheme != AUTH_SCHEME:
        raise SignError("Authorization 不是 WECHATPAY2-SHA256-RSA2048")
    parts = dict(_PART.findall(rest))
    wanted = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
    if set(parts) != wanted:
        raise SignError("Authorization 字段不完整")
    return parts


def check_request(
    parts: Mapping[str, str],
    public_key: rsa.RSAPublicKey,
    *,
    method: str,
    target: str,
    body: bytes,
    real_now: float,
) -> None:
    """SignError unless the merchant's key signed exactly this request within five minutes."""
    stamp = parts["timestamp"]
    if not stamp.isdigit() or abs(int(stamp) - real_now) > _FRESH_SECONDS:
        raise SignError("时间戳与当前时间相差超过5分钟")
    message = "\n".join([method, target, stamp, parts["nonce_str"], ""]).encode() + body + b"\n"
    try:
        signature = base64.b64decode(parts["signature"], validate=True)
        public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, InvalidSignature):
        raise SignError("签名错误") from None


def signature_headers(
    private_pem: bytes, key_id: str, body: bytes, *, stamp: int
) -> dict[str, str]:
    """The Wechatpay-* headers over `body`."""
    nonce = secrets.token_hex(16)
    message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    signature = _private_key(private_pem).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Wechatpay-Timestamp": str(stamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
        "Wechatpay-Serial": key_id,
        "Wechatpay-Signature-Type": AUTH_SCHEME,
    }


def seal(api_v3_key: bytes, plain: bytes, associated: str) -> dict[str, str]:
    """An AEAD_AES_256_GCM box with a fresh nonce."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(api_v3_key).encrypt(nonce.encode(), plain, associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


def read_public_key(pem: bytes) -> rsa.RSAPublicKey:
    """The RSA key in a certificate or a bare public key."""
    if b"BEGIN CERTIFICATE" in pem:
        key: Any = x509.load_pem_x509_certificate(pem).public_key()
    else:
        key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignError("商户密钥不是RSA")
    return key


@lru_cache(maxsize=64)
def _private_key(pem: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def refused_parameter(message: str) -> Refusal:
    """400 PARAM_ERROR."""
    return Refusal(400, "PARAM_ERROR", message)
