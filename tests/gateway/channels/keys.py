"""Keys for the peers of channels: ours, and ones that no channel may be believed under."""

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa


@cache
def merchant_key_pem() -> bytes:
    """Our own private key, made once a run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@cache
def merchant_public_pem() -> bytes:
    """The public half of our own key."""
    return _public_pem(serialization.load_pem_private_key(merchant_key_pem(), None).public_key())


@cache
def curve_key_pem() -> bytes:
    """A public key on a curve."""
    return _public_pem(ec.generate_private_key(ec.SECP256R1()).public_key())


@cache
def short_key_pem() -> bytes:
    """A public RSA key too short to be anybody's."""
    return _public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key())


def _public_pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
