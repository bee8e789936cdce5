"""The wallet's side of the wire: checks what sellers sign, signs what it says and pushes."""

import base64
import binascii
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.sandbox.neighbours.moments import seconds_of
from gateway.sandbox.neighbours.refusal import Refusal

_FRESH_SECONDS = 86_400


def refused(code: str, reason: str, message: str) -> Refusal:
    """A refusal with the gateway's code and its sub_code."""
    return Refusal(int(code), reason, message)


def parameters(target_query: str, body: bytes) -> dict[str, str]:
    """A request's parameters, of its address and its form."""
    pairs = parse_qsl(target_query, keep_blank_values=True) + parse_qsl(
        body.decode("ascii"), keep_blank_values=True
    )
    return dict(pairs)


def to_be_signed(values: Mapping[str, str], *, without: tuple[str, ...]) -> bytes:
    """The string both sides sign: k=v pairs by the order of their keys."""
    names = sorted(name for name in values if name not in without)
    return "&".join(f"{name}={values[name]}" for name in names).encode("utf-8")


def check_request(
    values: Mapping[str, str], public_key: rsa.RSAPublicKey, *, clocks: tuple[float, ...]
) -> None:
    """Refusal 40002 unless the seller's key signed exactly these parameters, just now."""
    if values.get("sign_type") != "RSA2":
        raise refused("40002", "isv.invalid-signature-type", "无效的签名类型")
    if values.get("charset", "").lower() != "utf-8" or values.get("version") != "1.0":
        raise refused("40002", "isv.invalid-charset", "字符集错误")
    try:
        stamp = seconds_of(values.get("timestamp", ""))
    except ValueError:
        raise refused("40002", "isv.invalid-timestamp", "非法的时间戳参数") from None
    if min(abs(stamp - clock) for clock in clocks) > _FRESH_SECONDS:
        raise refused("40002", "isv.invalid-timestamp", "非法的时间戳参数")
    signed = {name: value for name, value in values.items() if value}
    try:
        signature = base64.b64decode(values.get("sign", ""), validate=True)
        public_key.verify(
            signature,
            to_be_signed(signed, without=("sign",)),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except (binascii.Error, InvalidSignature):
        raise refused("40002", "isv.invalid-signature", "验签出错") from None


def sign(private_pem: bytes, message: bytes, *, sha1: bool = False) -> str:
    """RSA2, or RSA as it was before."""
    digest: hashes.HashAlgorithm = hashes.SHA1() if sha1 else hashes.SHA256()  # noqa: S303
    signature = _private_key(private_pem).sign(message, padding.PKCS1v15(), digest)
    return base64.b64encode(signature).decode()


def signed_form(
    private_pem: bytes, values: Mapping[str, str], *, sign_type: str = "RSA2"
) -> dict[str, str]:
    """A notice's values with its sign and sign_type, which are not signed themselves."""
    message = to_be_signed(values, without=("sign", "sign_type"))
    signature = sign(private_pem, message, sha1=sign_type == "RSA")
    return {**values, "sign_type": sign_type, "sign": signature}


def node_text(words: Mapping[str, Any]) -> str:
    """A node as the platform writes it, slashes escaped."""
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def whole(name: str, node: str, signature: str | None) -> bytes:
    """An answer around a node."""
    tail = "" if signature is None else f',"sign":"{signature}"'
    return f'{{"{name}":{node}{tail}}}'.encode()


def read_public_key(pem: bytes) -> rsa.RSAPublicKey:
    """The RSA key of a seller."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("the seller's key is not RSA")
    return key


@lru_cache(maxsize=64)
def _private_key(pem: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
