"""The virtual card's own MAC code: it shares none with the vault, on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

TRIPLE_DES_BYTE, SM4_BYTE = 0x00, 0x04


def card_keys(
    given: Mapping[str, object], asn: str, algorithm: int = TRIPLE_DES_BYTE
) -> tuple[str, str]:
    """DLK and DTK in hex for this ASN, from {DLK, DTK} or {MLK, MTK, levels}."""
    if "DLK" in given:
        return str(given["DLK"]), str(given["DTK"])
    levels = given.get("levels") or ["asn8"]
    assert isinstance(levels, Sequence), "levels are a list"
    number = bytes.fromhex(asn)
    named = {"asn8": number[-8:], "city2x4": number[2:4] * 4, "issuer4x2": b"\x01\x01\x10\0" * 2}
    keys = []
    for name in ("MLK", "MTK"):
        key = bytes.fromhex(str(given[name]))
        for level in levels:
            factor = named.get(str(level)) or bytes.fromhex(str(level))
            inverse = bytes(0xFF - byte for byte in factor)
            if algorithm == SM4_BYTE:
                key = sm4_block(key, factor + inverse)
            else:
                key = ecb(key, factor) + ecb(key, inverse)
        keys.append(key.hex().upper())
    return keys[0], keys[1]


def ecb(key: bytes, block: bytes) -> bytes:
    """Two-key triple DES of one block."""
    return Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor().update(block)  # noqa: S305


def mac(key: bytes, message: bytes) -> bytes:
    """First 4 bytes of the single-DES CBC-MAC, IV 0, padded with 80 00.. always."""
    message += b"\x80"
    message += bytes(-len(message) % 8)
    chain = bytes(8)
    for start in range(0, len(message), 8):
        mixed = bytes(a ^ b for a, b in zip(chain, message[start : start + 8], strict=True))
        chain = Cipher(TripleDES(key * 3), modes.ECB()).encryptor().update(mixed)  # noqa: S305
    return chain[:4]


def load_session(algorithm: int, dlk: bytes, seed: bytes) -> bytes:
    """The key of one load: 8 bytes of 3DES, or 16 of SM4 over the seed and its inverse."""
    if algorithm == SM4_BYTE:
        return sm4_block(dlk, seed + bytes(0xFF - byte for byte in seed))
    return ecb(dlk, seed)


def load_tac_key(algorithm: int, dtk: bytes) -> bytes:
    """What TAC is made with: the halves folded for 3DES, the whole key for SM4."""
    if algorithm == SM4_BYTE:
        return dtk
    return bytes(a ^ b for a, b in zip(dtk[:8], dtk[8:], strict=True))


def mac_of(algorithm: int, key: bytes, message: bytes) -> bytes:
    """MAC1, MAC2 or TAC by the card's algorithm."""
    return sm4_mac(key, message) if algorithm == SM4_BYTE else mac(key, message)


def sm4_block(key: bytes, block: bytes) -> bytes:
    """SM4 of one block of 16 bytes."""
    return Cipher(SM4(key), modes.ECB()).encryptor().update(block)  # noqa: S305


def sm4_mac(key: bytes, message: bytes) -> bytes:
    """First 4 bytes of the SM4 CBC-MAC, IV 0, padded with 80 00.. always."""
    message += b"\x80"
    message += bytes(-len(message) % 16)
    chain = bytes(16)
    for start in range(0, len(message), 16):
        chain = sm4_block(
            key, bytes(a ^ b for a, b in zip(chain, message[start : start + 16], strict=True))
        )
    return chain[:4]
