"""微信支付 APIv3 signatures: ours on requests, theirs on answers and notices, and the sealed box.

Source: the public documentation of WeChat Pay APIv3. The algorithm is bound to the key record
(RSA of 2048 bits or more, SHA256 with PKCS#1 v1.5); a header that names another one is refused.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.port import Merchant
from gateway.channels.rsa_keys import KEY_BITS_LEAST, sign, signature_bytes
from gateway.channels.unproven import Doubt, Unproven

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
WINDOW = timedelta(minutes=5)
_PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
_OUR_NONCE = re.compile(r"[0-9A-Za-z]{16,32}")
_THEIR_NONCE = re.compile(r"[!-~]{1,64}")
_SECONDS = re.compile(r"[1-9][0-9]{8,10}")
_KEY_ID = re.compile(r"[0-9A-Za-z_]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who signed, with which nonce, when."""

    key_id: str
    nonce: str
    signed_at: datetime


def authorization(
    merchant: Merchant, method: str, path_and_query: str, body: bytes, *, now: datetime, nonce: str
) -> str:
    """The Authorization header over exactly these bytes."""
    if not _OUR_NONCE.fullmatch(nonce):
        raise ValueError("a nonce is 16 to 32 letters or digits")
    seconds = str(int(now.timestamp()))
    head = f"{method}\n{path_and_query}\n{seconds}\n{nonce}\n".encode()
    signature = sign(merchant.signing_key_pem, head + body + b"\n")
    return (
        f'{SCHEME} mchid="{merchant.merchant_no}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{seconds}",serial_no="{merchant.signing_serial}"'
    )


def client_params(
    merchant: Merchant, prepay_id: str, *, now: datetime, nonce: str
) -> Mapping[str, str]:
    """What a JSAPI page hands to the wallet app, with paySign over it."""
    seconds = str(int(now.timestamp()))
    package = f"prepay_id={prepay_id}"
    message = f"{merchant.app_no}\n{seconds}\n{nonce}\n{package}\n".encode()
    return {
        "appId": merchant.app_no,
        "timeStamp": seconds,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": sign(merchant.signing_key_pem, message),
    }


def prove(
    platform_keys: Mapping[str, bytes], headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Proof:
    """Proof that the channel signed these raw bytes within five minutes of `now`.

    Raises Unproven, or ChannelKeyUnknown when the named key is not (or no longer) one we hold.
    """
    given = _signature_headers(headers)
    if given["signature"].startswith(_PROBE_PREFIX):
        raise Unproven(Doubt.PROBE, "a signature probe")
    signature = signature_bytes(given["signature"])
    signed_at = _moment(given["timestamp"])
    if abs(signed_at - now) > WINDOW:
        raise Unproven(Doubt.STALE, f"signed at {signed_at.isoformat()}")
    if not _THEIR_NONCE.fullmatch(given["nonce"]):
        raise Unproven(Doubt.UNSIGNED, "the nonce is not in its form")
    public_key = _platform_key(platform_keys, given["serial"], now)
    message = f"{given['timestamp']}\n{given['nonce']}\n".encode() + body + b"\n"
    try:
        public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Unproven(Doubt.WRONG, "the signature is not this key's over these bytes") from None
    return Proof(key_id=given["serial"], nonce=given["nonce"], signed_at=signed_at)


def open_box(api_v3_key: bytes, resource: Mapping[str, object]) -> bytes:
    """Plain bytes of an AEAD_AES_256_GCM resource; ValueError when it is not one or was touched."""
    if len(api_v3_key) != 32:
        raise ChannelMisconfigured("the APIv3 key has not 32 bytes")
    if resource.get("algorithm") != "AEAD_AES_256_GCM":
        raise ValueError("another algorithm than AEAD_AES_256_GCM")
    parts = [resource.get(name) for name in ("nonce", "ciphertext")]
    associated = resource.get("associated_data") or ""
    if not all(type(part) is str for part in [*parts, associated]):
        raise ValueError("a part of the sealed box is not text")
    nonce, ciphertext = str(parts[0]).encode(), str(parts[1])
    if len(nonce) != 12:
        raise ValueError("the box's nonce has not 12 bytes")
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(api_v3_key).decrypt(nonce, sealed, str(associated).encode())
    except (binascii.Error, InvalidTag):
        raise ValueError("the sealed box does not open") from None


def certificate_span(serial: str, pem: bytes) -> tuple[datetime, datetime]:
    """From when until when a platform certificate is valid; ChannelMisconfigured when unusable."""
    record = _key_record(serial, pem)
    return record.valid_from, record.valid_until


def public_key_id(merchant: Merchant) -> str | None:
    """The public-key id we ask answers to be signed under, None while we only hold certificates."""
    named = sorted(key for key in merchant.platform_keys if key.startswith(PUBLIC_KEY_PREFIX))
    return named[-1] if named else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyRecord:
    public_key: rsa.RSAPublicKey
    valid_from: datetime
    valid_until: datetime


def _signature_headers(headers: Mapping[str, str]) -> dict[str, str]:
    lower = [(name.lower(), value) for name, value in headers.items()]
    given: dict[str, str] = {}
    for short in ("timestamp", "nonce", "signature", "serial"):
        values = [value for name, value in lower if name == f"wechatpay-{short}"]
        if len(values) != 1 or not values[0]:
            raise Unproven(Doubt.UNSIGNED, f"wechatpay-{short} is missing or given twice")
        given[short] = values[0]
    kinds = [value for name, value in lower if name == "wechatpay-signature-type"]
    if kinds and kinds != [SCHEME]:
        raise Unproven(Doubt.UNSIGNED, "another signature type than the key's")
    return given


def _moment(text: str) -> datetime:
    if not _SECONDS.fullmatch(text):
        raise Unproven(Doubt.UNSIGNED, "the timestamp is not whole seconds")
    return datetime.fromtimestamp(int(text), UTC)


def _platform_key(
    platform_keys: Mapping[str, bytes], key_id: str, now: datetime
) -> rsa.RSAPublicKey:
    if not _KEY_ID.fullmatch(key_id):
        raise Unproven(Doubt.UNSIGNED, "the key id is not in its form")
    pem = platform_keys.get(key_id)
    if pem is None:
        raise ChannelKeyUnknown("signed under a key we do not hold", key_id=key_id)
    record = _key_record(key_id, pem)
    if not record.valid_from <= now <= record.valid_until:
        raise ChannelKeyUnknown("signed under a certificate out of its time", key_id=key_id)
    return record.public_key


@lru_cache(maxsize=64)
def _key_record(key_id: str, pem: bytes) -> _KeyRecord:
    valid_from = datetime.min.replace(tzinfo=UTC)
    valid_until = datetime.max.replace(tzinfo=UTC)
    try:
        if key_id.startswith(PUBLIC_KEY_PREFIX):
            public_key = serialization.load_pem_public_key(pem)
        else:
            certificate = x509.load_pem_x509_certificate(pem)
            if certificate.serial_number != int(key_id, 16):
                raise ChannelMisconfigured("the certificate has another serial", key_id=key_id)
            valid_from = certificate.not_valid_before_utc
            valid_until = certificate.not_valid_after_utc
            public_key = certificate.public_key()
    except ValueError:
        raise ChannelMisconfigured("a platform key cannot be read", key_id=key_id) from None
    if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size < KEY_BITS_LEAST:
        raise ChannelMisconfigured("a platform key is not RSA of 2048 bits", key_id=key_id)
    return _KeyRecord(public_key=public_key, valid_from=valid_from, valid_until=valid_until)
