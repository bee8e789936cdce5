"""Keys of signatures, each bound to one algorithm: what they sign and verify, and how they read."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from gateway.signatures import sm2, sm2_keys
from gateway.signatures.errors import SigningKeyUnusable

RSA_BITS_LEAST = 2048
SECRET_BYTES_LEAST = 32
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)


class Algorithm(StrEnum):
    """The registered names of RFC 9421, and a private one for SM2 with SM3 (not registered)."""

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256-sha256"
    RSA_PSS = "rsa-pss-sha512"
    RSA_V1_5 = "rsa-v1_5-sha256"
    HMAC = "hmac-sha256"
    SM2 = "sm2-sm3"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """Another's key: `material` is PEM of a public key, or the shared secret's bytes for HMAC."""

    key_id: str
    algorithm: Algorithm
    material: bytes = field(repr=False)
    user_id: bytes = sm2.USER_ID

    def verifies(self, base: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the base; SigningKeyUnusable."""
        return _verifies(self, base, signature)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key (DER), in hex; of a shared secret there is none: empty."""
        return "" if self.algorithm is Algorithm.HMAC else _fingerprint(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """Our key: `material` is PEM (PKCS#8, no passphrase), or the shared secret's bytes for HMAC."""

    key_id: str
    algorithm: Algorithm
    material: bytes = field(repr=False)
    user_id: bytes = sm2.USER_ID

    def sign(self, base: bytes) -> bytes:
        """The signature over the base, in the form of RFC 9421; SigningKeyUnusable."""
        return _sign(self, base)

    @property
    def public(self) -> VerifyingKey:
        """The other half, for whoever verifies; for HMAC the same secret."""
        return VerifyingKey(
            key_id=self.key_id,
            algorithm=self.algorithm,
            material=_public_material(self),
            user_id=self.user_id,
        )


def check(key: VerifyingKey | SigningKey) -> None:
    """SigningKeyUnusable unless the material is a key of its algorithm, and strong enough."""
    _load(key.algorithm, key.material, key.key_id, private=isinstance(key, SigningKey))


def _sign(key: SigningKey, base: bytes) -> bytes:
    loaded = _load(key.algorithm, key.material, key.key_id, private=True)
    match key.algorithm:
        case Algorithm.ED25519:
            return bytes(loaded.sign(base))
        case Algorithm.ECDSA_P256:
            return sm2.to_fixed(loaded.sign(base, ec.ECDSA(hashes.SHA256())))
        case Algorithm.RSA_PSS:
            return bytes(loaded.sign(base, _PSS, hashes.SHA512()))
        case Algorithm.RSA_V1_5:
            return bytes(loaded.sign(base, padding.PKCS1v15(), hashes.SHA256()))
        case Algorithm.SM2:
            return sm2.sign(loaded[0], loaded[1], base, user_id=key.user_id)
        case Algorithm.HMAC:
            return hmac.digest(loaded, base, hashlib.sha256)


def _verifies(key: VerifyingKey, base: bytes, signature: bytes) -> bool:
    loaded = _load(key.algorithm, key.material, key.key_id, private=False)
    try:
        match key.algorithm:
            case Algorithm.ED25519:
                loaded.verify(signature, base)
            case Algorithm.ECDSA_P256:
                if len(signature) != sm2.SIGNATURE_LENGTH:
                    return False
                loaded.verify(sm2.to_der(signature), base, ec.ECDSA(hashes.SHA256()))
            case Algorithm.RSA_PSS:
                loaded.verify(signature, base, _PSS, hashes.SHA512())
            case Algorithm.RSA_V1_5:
                loaded.verify(signature, base, padding.PKCS1v15(), hashes.SHA256())
            case Algorithm.SM2:
                return sm2.verify(loaded, base, signature, user_id=key.user_id)
            case Algorithm.HMAC:
                return hmac.compare_digest(hmac.digest(loaded, base, hashlib.sha256), signature)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=256)
def _load(algorithm: Algorithm, material: bytes, key_id: str, *, private: bool) -> Any:
    """What the algorithm works with; a wrong kind of key is refused here, once."""
    loaded: Any = None
    try:
        if algorithm is Algorithm.HMAC:
            loaded = material if len(material) >= SECRET_BYTES_LEAST else None
        elif algorithm is Algorithm.SM2:
            loaded = sm2_keys.private(material) if private else sm2_keys.public(material)
        elif private:
            loaded = serialization.load_pem_private_key(material, None)
        else:
            loaded = serialization.load_pem_public_key(material)
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise SigningKeyUnusable(key_id=key_id, algorithm=algorithm.value) from wrong
    if loaded is None or not _fits(algorithm, loaded):
        raise SigningKeyUnusable(key_id=key_id, algorithm=algorithm.value)
    return loaded


def _fits(algorithm: Algorithm, loaded: Any) -> bool:
    match algorithm:
        case Algorithm.ED25519:
            return isinstance(loaded, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey)
        case Algorithm.ECDSA_P256:
            is_curve = isinstance(loaded, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey)
            return is_curve and isinstance(loaded.curve, ec.SECP256R1)
        case Algorithm.RSA_PSS | Algorithm.RSA_V1_5:
            is_rsa = isinstance(loaded, rsa.RSAPrivateKey | rsa.RSAPublicKey)
            return is_rsa and loaded.key_size >= RSA_BITS_LEAST
        case _:
            return True


def _public_material(key: SigningKey) -> bytes:
    loaded = _load(key.algorithm, key.material, key.key_id, private=True)
    if key.algorithm is Algorithm.HMAC:
        return key.material
    if key.algorithm is Algorithm.SM2:
        return sm2_keys.write_public(loaded[1])
    return bytes(
        loaded.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _fingerprint(key: VerifyingKey) -> str:
    loaded = _load(key.algorithm, key.material, key.key_id, private=False)
    if key.algorithm is Algorithm.SM2:
        der = sm2_keys.public_der(loaded)
    else:
        der = loaded.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return hashlib.sha256(der).hexdigest()
