"""The wallet's signing keys: plain RSA keys, which nothing on the wire names."""

import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.sandbox.neighbours.keyring import SigningKey

STYLES = ("key",)


def make_key(style: str) -> SigningKey:
    """A fresh RSA-2048 key under a name of its own."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return SigningKey(
        key_id=f"ALIPAY_KEY_{hashlib.sha256(public_pem).hexdigest()[:16]}",
        style=style,
        private_pem=private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        public_pem=public_pem,
    )
