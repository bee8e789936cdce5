"""What the gateway and a neighbour each keep of one account, and our keys for such accounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from accounts import secrets
from accounts.errors import SecretMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """One operator's account: `row` are fields of MerchantAccount, `known` the neighbour's entry.

    Of `row`, what is named in `renewed` follows the neighbour at every introduction.
    """

    pool: int
    merchant_no: str
    row: Mapping[str, Any]
    known: Mapping[str, Any] = field(repr=False)
    renewed: tuple[str, ...] = ("platform_keys",)


def our_rsa_key(name: str) -> str:
    """The public half, as PEM, of our RSA key of that secret's name; made once."""
    return _our_key(name, lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))


def our_ed25519_key(name: str) -> str:
    """The same of our Ed25519 key."""
    return _our_key(name, ed25519.Ed25519PrivateKey.generate)


def _our_key(name: str, make: Callable[[], rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey]) -> str:
    try:
        pem = secrets.read(name)
    except SecretMissing:
        pem = make().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        secrets.write_sandbox(name, pem)
    return _public_half(pem)


@lru_cache(maxsize=64)
def _public_half(pem: bytes) -> str:
    """Read once: an RSA key is proven sound whenever it is read."""
    public = serialization.load_pem_private_key(pem, None).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
