"""银联 acp 5.1.0 signatures: ours on requests, theirs on answers and pushes.

signature = Base64(SHA256withRSA over the lower-case hex SHA-256 of the sorted words). version,
signMethod and encoding are compared with what we speak and choose nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.channels import rsa_keys
from gateway.channels.port import Merchant
from gateway.channels.unionpay.chain import NotTheirs, signer
from gateway.channels.unionpay.words import SIGNATURE, signed_text
from gateway.channels.unproven import Doubt, Unproven

VERSION, SIGN_METHOD, ENCODING = "5.1.0", "01", "UTF-8"
CERTIFICATE = "signPubKeyCert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whose certificate signed, by its number, and the digest that was signed."""

    key_id: str
    digest_hex: str


def digest_of(words: Mapping[str, str]) -> str:
    """The lower-case hex SHA-256 of what is signed."""
    return hashlib.sha256(signed_text(words).encode()).hexdigest()


def sign(merchant: Merchant, words: Mapping[str, str]) -> dict[str, str]:
    """The words with what every request carries, and our signature over all of them."""
    whole = {
        "version": VERSION,
        "encoding": ENCODING,
        "signMethod": SIGN_METHOD,
        "certId": merchant.signing_serial,
        **words,
    }
    return {
        **whole,
        SIGNATURE: rsa_keys.sign(merchant.signing_key_pem, digest_of(whole).encode()),
    }


def prove(merchant: Merchant, words: Mapping[str, str], *, now: datetime) -> Proof:
    """Proof that 银联 signed these words under a certificate good at `now`; Unproven."""
    for name, ours in (("version", VERSION), ("signMethod", SIGN_METHOD)):
        if words.get(name) != ours:
            raise Unproven(Doubt.UNSIGNED, f"{name} is not the {ours} we speak")
    if words.get("encoding", "").upper() != ENCODING:
        raise Unproven(Doubt.UNSIGNED, "another encoding than UTF-8")
    signature = rsa_keys.signature_bytes(words.get(SIGNATURE, ""))
    try:
        key_id, key = signer(
            words.get(CERTIFICATE, ""),
            roots_pem=merchant.trusted_roots_pem,
            options=merchant.options,
            now=now,
        )
    except NotTheirs as reason:
        raise Unproven(Doubt.WRONG, str(reason)) from None
    digest = digest_of(words)
    try:
        key.verify(signature, digest.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Unproven(
            Doubt.WRONG, "the signature is not this certificate's over these words"
        ) from None
    return Proof(key_id=key_id, digest_hex=digest)
