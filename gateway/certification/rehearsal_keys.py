"""Key pairs made for one run, of whatever kind a bank signs with; forgotten when it ends."""

from __future__ import annotations

import gmssl_pyx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway.signatures import Algorithm, sm2_keys

RSA_BITS = 2048


def make(algorithms: frozenset[Algorithm]) -> tuple[bytes, bytes]:
    """Private and public PEM of a fresh pair, of the first kind that these name."""
    if Algorithm.SM2 in algorithms:
        public, secret = gmssl_pyx.sm2_key_generate()
        return sm2_keys.write_private(secret, public), sm2_keys.write_public(public)
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if Algorithm.ED25519 in algorithms:
        key = ed25519.Ed25519PrivateKey.generate()
    elif Algorithm.ECDSA_P256 in algorithms:
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public_pem
