"""3DES as purses use it: diversification, session key, CBC-MAC, TAC key. Pure bytes.

Two-key triple DES always goes into the library as 24 bytes (K1 K2 K1), single DES as K K K.
Source: the domain's card page, *Cryptography, 3DES*; checked against the recorded exchanges.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from nfc_topup.vault.errors import MessageRefused

BLOCK = 8
KEY_LENGTH = 16
MAC_LENGTH = 4


def diversify(master: bytes, diversifiers: Sequence[bytes]) -> bytes:
    """The card's key: at each level left = 3DES(K, X), right = 3DES(K, not X)."""
    key = _double(master)
    for factor in diversifiers:
        if len(factor) != BLOCK:
            raise MessageRefused("a diversification factor has 8 bytes", length=len(factor))
        inverted = bytes(byte ^ 0xFF for byte in factor)
        key = _ecb(key, factor) + _ecb(key, inverted)
    return key


def session_key(card_key: bytes, session_input: bytes) -> bytes:
    """The 8-byte key of one load: 3DES of random, counter and 8000 under the card's load key."""
    if len(session_input) != BLOCK:
        raise MessageRefused("a session input has 8 bytes", length=len(session_input))
    return _ecb(_double(card_key), session_input)


def tac_key(card_key: bytes) -> bytes:
    """The 8-byte TAC key: left half XOR right half of the card's TAC key."""
    key = _double(card_key)
    return bytes(left ^ right for left, right in zip(key[:8], key[8:], strict=True))


def full_mac(key: bytes, message: bytes, iv: bytes = bytes(BLOCK)) -> bytes:
    """All 8 bytes of the single-DES CBC-MAC, padded with 80 00.. always."""
    padded = message + b"\x80" + bytes(-(len(message) + 1) % BLOCK)
    encryptor = Cipher(TripleDES(key * 3), modes.CBC(iv)).encryptor()
    return (encryptor.update(padded) + encryptor.finalize())[-BLOCK:]


def mac(key: bytes, message: bytes) -> bytes:
    """First 4 bytes of the CBC-MAC with IV 0 under an 8-byte key: MAC1, MAC2 and TAC alike."""
    return full_mac(key, message)[:MAC_LENGTH]


def same(left: bytes, right: bytes) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(left, right)


def check_value(key: bytes) -> bytes:
    """The key check value: first 3 bytes of eight zero bytes encrypted under the key."""
    return _ecb(_double(key), bytes(BLOCK))[:3]


def _double(key: bytes) -> bytes:
    if len(key) != KEY_LENGTH:
        raise MessageRefused("a 3DES card key has 16 bytes", length=len(key))
    return key


def _ecb(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor()  # noqa: S305 one block
    return encryptor.update(block) + encryptor.finalize()
