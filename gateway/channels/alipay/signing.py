"""支付宝 signatures: ours over parameters, theirs over a node's text or a form's values.

Source: the public documentation of the open platform (RSA2: RSA of 2048 bits or more, SHA256 with
PKCS#1 v1.5). sign_type RSA, which is SHA1, is refused wherever it is named.

An answer or a notice either names the certificate it is signed under (certificate mode) or nothing
at all (key mode, where every key held of ours for this app is tried).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.channels import rsa_keys
from gateway.channels.alipay.certificates import CertificateUntrusted, trusted_key
from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import Merchant

ALGORITHM = "RSA2"
CHARSET = "utf-8"
ROOTS_OPTION = "alipay_root_cert_sn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who signed, and a name for this one signature."""

    key_id: str
    digest: str


def canonical(values: Mapping[str, str]) -> bytes:
    """k=v joined by &, sorted by key, as it is signed; who calls leaves out what is not."""
    return "&".join(f"{name}={values[name]}" for name in sorted(values)).encode()


def signed(merchant: Merchant, values: Mapping[str, str]) -> dict[str, str]:
    """A request's parameters with our sign: over all that are not empty, sign_type included."""
    kept = {name: value for name, value in values.items() if value}
    return {**kept, "sign": rsa_keys.sign(merchant.signing_key_pem, canonical(kept))}


def prove(merchant: Merchant, message: bytes, sign: str, certificate_no: str | None) -> Proof:
    """Proof that one of the channel's keys that we hold signed exactly this message.

    Raises Unproven; ChannelKeyUnknown when a certificate is named that we do not hold.
    """
    signature = rsa_keys.signature_bytes(sign)
    for key_id, public_key in candidates(merchant, certificate_no):
        try:
            public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return Proof(key_id=key_id, digest=hashlib.sha256(signature).hexdigest())
    raise Unproven(Doubt.WRONG, "the signature is of none of the channel's keys over this text")


def in_certificate_mode(merchant: Merchant) -> bool:
    """Whether this app was set up with certificates."""
    return ROOTS_OPTION in merchant.options


def candidates(
    merchant: Merchant, certificate_no: str | None
) -> list[tuple[str, rsa.RSAPublicKey]]:
    """The channel's keys that may have signed, by their names; Unproven, ChannelKeyUnknown."""
    if not in_certificate_mode(merchant):
        return [(key_id, _public_key(pem)) for key_id, pem in merchant.platform_keys.items()]
    if certificate_no is None:
        raise Unproven(Doubt.UNSIGNED, "no certificate is named")
    pem = merchant.platform_keys.get(certificate_no)
    if pem is None:
        raise ChannelKeyUnknown(
            "signed under a certificate we do not hold", key_id=certificate_no[:64]
        )
    try:
        key = trusted_key(pem, merchant.trusted_roots_pem, certificate_no)
    except CertificateUntrusted as reason:
        raise ChannelMisconfigured(str(reason), key_id=certificate_no[:64]) from None
    return [(certificate_no, key)]


@lru_cache(maxsize=64)
def _public_key(pem: bytes) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        raise ChannelMisconfigured("a key of the channel cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < rsa_keys.KEY_BITS_LEAST:
        raise ChannelMisconfigured("a key of the channel is not RSA of 2048 bits")
    return key
