"""银联's side of the wire: checks what merchants sign, signs what it says."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.sandbox.neighbours.keyring import SigningKey


class SignError(Exception):
    """The merchant's words are not signed as they must be; the text tells a developer why."""


def words_of(body: bytes) -> dict[str, str]:
    """The words of a merchant's form; ValueError."""
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a word is given twice")
    return found


def check(words: Mapping[str, str], public_key: rsa.RSAPublicKey) -> None:
    """SignError unless this key signed exactly these words."""
    try:
        signature = base64.b64decode(words.get("signature", ""), validate=True)
        public_key.verify(signature, _digest(words), padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, InvalidSignature):
        raise SignError("验证签名失败") from None


def signed(words: Mapping[str, str], key: SigningKey, *, over: str = "") -> dict[str, str]:
    """The words with certificate and signature; `over` is added to what is signed, to spoil it."""
    whole = {
        **words,
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "signPubKeyCert": certificate_of(key),
    }
    return {**whole, "signature": signature_of(whole, key, over=over)}


def signature_of(words: Mapping[str, str], key: SigningKey, *, over: str = "") -> str:
    """The signature of these words as they stand."""
    made = _private_key(key.private_pem).sign(
        _digest(words) + over.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    return base64.b64encode(made).decode()


def certificate_of(key: SigningKey) -> str:
    """The certificate as it travels: PEM with the lines of another system."""
    certificate = x509.load_pem_x509_certificate(key.private_pem)
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return pem.strip().replace("\n", "\r\n")


def answer_body(words: Mapping[str, str]) -> bytes:
    """k=v&k=v, nothing escaped."""
    return "&".join(f"{name}={value}" for name, value in words.items()).encode()


def notice_body(words: Mapping[str, str]) -> bytes:
    """A web form."""
    return urlencode(words).encode("ascii")


def read_public_key(pem: bytes) -> rsa.RSAPublicKey:
    """The RSA key in a public key's PEM."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignError("商户密钥不是RSA")
    return key


def _digest(words: Mapping[str, str]) -> bytes:
    pairs = sorted((name, value) for name, value in words.items() if value)
    text = "&".join("=".join(pair) for pair in pairs if pair[0] != "signature")
    return hashlib.sha256(text.encode()).hexdigest().encode()


@lru_cache(maxsize=64)
def _private_key(pem: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
