"""Our RSA keys and what a signature looks like as text, for every channel that signs with RSA."""

import base64
import binascii
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.channels.errors import ChannelMisconfigured
from gateway.channels.unproven import Doubt, Unproven

KEY_BITS_LEAST = 2048


def sign(pem: bytes, message: bytes) -> str:
    """Base64 of our signature, SHA256 with PKCS#1 v1.5; ChannelMisconfigured for an unfit key."""
    signature = _private_key(pem).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def signature_bytes(text: str) -> bytes:
    """The bytes of a signature in Base64, in its one form; Unproven (unsigned) for all else."""
    if not text:
        raise Unproven(Doubt.UNSIGNED, "there is no signature")
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unproven(Doubt.UNSIGNED, "the signature is not Base64") from None
    if base64.b64encode(signature).decode() != text:
        raise Unproven(Doubt.UNSIGNED, "the signature is not in its one Base64 form")
    return signature


@lru_cache(maxsize=16)
def _private_key(pem: bytes) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise ChannelMisconfigured("our signing key cannot be read") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS_LEAST:
        raise ChannelMisconfigured("our signing key is not RSA of 2048 bits")
    return key
