"""Seals components to a ceremony's key pair: whoever types one in cannot open it again.

RSA-OAEP with SHA-1 and MGF1-SHA-1, because SoftHSM2 and many tokens have no other; OAEP does not
lean on the collisions that SHA-1 has. Nothing is bound by an OAEP label: the frame binds.
"""

from __future__ import annotations

from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from nfc_topup.vault.custody import frame
from nfc_topup.vault.errors import ComponentWrong

PAIR_BITS = 3072
OAEP = padding.OAEP(
    mgf=padding.MGF1(algorithm=hashes.SHA1()),  # noqa: S303
    algorithm=hashes.SHA1(),  # noqa: S303
    label=None,
)


def seal_component(public: bytes, ceremony: UUID, number: int, component: bytes) -> bytes:
    """A component sealed to the pair whose public half (DER) this is; ComponentWrong."""
    return public_key(public).encrypt(frame(ceremony, number, component), OAEP)


def public_key(der: bytes) -> rsa.RSAPublicKey:
    """The public half of a ceremony's pair; ComponentWrong when it is none."""
    try:
        key = serialization.load_der_public_key(der)
    except ValueError as wrong:
        raise ComponentWrong("the ceremony has no public key") from wrong
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < PAIR_BITS:
        raise ComponentWrong("the ceremony's public key is none of ours")
    return key


def told(key: rsa.RSAPublicKey) -> bytes:
    """A public half as it is kept: DER SubjectPublicKeyInfo."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
