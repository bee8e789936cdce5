"""The virtual card's own MAC code: it shares none with the vault, on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes


def card_keys(given: Mapping[str, object], asn: str) -> tuple[str, str]:
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
            key = ecb(key, factor) + ecb(key, bytes(0xFF - byte for byte in factor))
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
