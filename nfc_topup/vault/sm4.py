"""SM4 as purses are said to use it: the same four answers as 3DES gives, experimental. Pure bytes.

Source: the domain's card page, *SM4 variant*: diversification and CBC-MAC agree with a third-party
library; the session key has one source (for purchase) and is taken over to load by analogy; that
the TAC key is the whole card key has none. No SM4 card was ever seen here.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from nfc_topup.vault.errors import MessageRefused

BLOCK = 16
HALF = 8
KEY_LENGTH = 16
MAC_LENGTH = 4


def diversify(master: bytes, diversifiers: Sequence[bytes]) -> bytes:
    """The card's key: at each level SM4(K, X || not X), 16 bytes at once."""
    key = _whole(master)
    for factor in diversifiers:
        key = _spread(key, factor, "a diversification factor has 8 bytes")
    return key


def session_key(card_key: bytes, session_input: bytes) -> bytes:
    """The 16-byte key of one load: SM4(K, S || not S), S being random, counter and 8000."""
    return _spread(_whole(card_key), session_input, "a session input has 8 bytes")


def tac_key(card_key: bytes) -> bytes:
    """The TAC key: the whole card key, nothing folded (no source was found for this)."""
    return _whole(card_key)


def mac(key: bytes, message: bytes) -> bytes:
    """First 4 bytes of the SM4 CBC-MAC with IV 0, padded with 80 00.. always."""
    padded = message + b"\x80" + bytes(-(len(message) + 1) % BLOCK)
    encryptor = Cipher(SM4(key), modes.CBC(bytes(BLOCK))).encryptor()
    return (encryptor.update(padded) + encryptor.finalize())[-BLOCK:][:MAC_LENGTH]


def check_value(key: bytes) -> bytes:
    """The key check value: first 3 bytes of sixteen zero bytes encrypted under the key."""
    return _ecb(_whole(key), bytes(BLOCK))[:3]


def _spread(key: bytes, half: bytes, refusal: str) -> bytes:
    if len(half) != HALF:
        raise MessageRefused(refusal, length=len(half))
    return _ecb(key, half + bytes(byte ^ 0xFF for byte in half))


def _whole(key: bytes) -> bytes:
    if len(key) != KEY_LENGTH:
        raise MessageRefused("an SM4 card key has 16 bytes", length=len(key))
    return key


def _ecb(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 one block
    return encryptor.update(block) + encryptor.finalize()
