"""Keys on their way in, as pure bytes: check values, fingerprints, components, their frames.

Sources: ISO 11568 (components by XOR, dual control), ANSI X9.24-1 annex A (check values: eight
zero bytes encrypted for 3DES; for AES the CMAC of a block of zeros).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC

from nfc_topup.vault.errors import ComponentWrong, KeyWeak, MessageRefused
from nfc_topup.vault.port import KeyRef

CHECK_RULES = ("ecb-zeros", "cmac-zeros")
CHECK_LENGTH = 3
LENGTHS = {"3des": (16, 24), "aes-128": (16,), "aes-192": (24,), "aes-256": (32,), "sm4": (16,)}
"""The algorithms of keys that may come in, and how long their keys are."""
FINGERPRINT_KEY_LENGTH = 32

_MARK = b"KC1"
_HEAD = len(_MARK) + 16 + 1
# 4 weak and 12 semi-weak keys of single DES, their parity bits masked
_WEAK_TEXT = (
    "0000000000000000 FEFEFEFEFEFEFEFE E0E0E0E0F0F0F0F0 1E1E1E1E0E0E0E0E "
    "00FE00FE00FE00FE FE00FE00FE00FE00 1EE01EE00EF00EF0 E01EE01EF00EF00E "
    "00E000E000F000F0 E000E000F000F000 1EFE1EFE0EFE0EFE FE1EFE1EFE0EFE0E "
    "001E001E000E000E 1E001E000E000E00 E0FEE0FEF0FEF0FE FEE0FEE0FEF0FEF0 "
)
_WEAK_BYTES = bytes.fromhex(_WEAK_TEXT)
_WEAK_DES = frozenset(_WEAK_BYTES[at : at + 8] for at in range(0, len(_WEAK_BYTES), 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The key a ceremony is for: what it must be, and how it comes to rest.

    `own` says that it is one card's key, with no level below. `check_value` has 6 hex digits.
    """

    ref: KeyRef
    algorithm: str
    check_rule: str
    check_value: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A key that is home: its keyed fingerprint, its sealed form (software), its block out."""

    fingerprint: str
    kek_name: str = ""
    sealed: bytes = field(default=b"", repr=False)
    block: str = ""


def check_value(algorithm: str, rule: str, key: bytes) -> str:
    """Six hex digits by the rule; MessageRefused for what has no such length or rule."""
    cipher = cipher_of(algorithm, key)
    zeros = bytes(cipher.block_size // 8)
    if rule == "ecb-zeros":
        encryptor = Cipher(cipher, modes.ECB()).encryptor()  # noqa: S305 one block of zeros
        made = encryptor.update(zeros) + encryptor.finalize()
    elif rule == "cmac-zeros":
        made = cmac_under(algorithm, key)(zeros)
    else:
        raise MessageRefused("a check value is made by a rule", rule=rule)
    return made[:CHECK_LENGTH].hex().upper()


def cipher_of(algorithm: str, key: bytes) -> BlockCipherAlgorithm:
    """The block cipher under this key; two-key 3DES goes in as K1 K2 K1. MessageRefused."""
    if algorithm not in LENGTHS or len(key) not in LENGTHS[algorithm]:
        raise MessageRefused("no key of this algorithm is so long", length=len(key))
    if algorithm == "3des":
        return TripleDES(key + key[:8] if len(key) == 16 else key)
    return SM4(key) if algorithm == "sm4" else AES(key)


def cmac_under(algorithm: str, key: bytes) -> Callable[[bytes], bytes]:
    """The whole CMAC (one block) under this key."""
    cipher = cipher_of(algorithm, key)

    def made(message: bytes) -> bytes:
        cmac = CMAC(cipher)
        cmac.update(message)
        return cmac.finalize()

    return made


def fingerprint(cmac: Callable[[bytes], bytes], key: bytes) -> str:
    """A keyed fingerprint of the value alone: 32 hex digits, the same for the same key.

    DES ignores each byte's lowest bit, so that bit is masked for every algorithm; a three-key
    3DES key whose third part repeats the first counts as the two-key one it is.
    """
    value = bytes(byte & 0xFE for byte in key)
    if len(value) == 24 and value[16:] == value[:8]:
        value = value[:16]
    return cmac(b"card-key-value|" + value).hex().upper()


def frame(ceremony: UUID, number: int, component: bytes) -> bytes:
    """A component as it is sealed: bound to its ceremony and its number."""
    return _MARK + ceremony.bytes + bytes([number]) + component


def unframe(ceremony: UUID, number: int, framed: bytes) -> bytes:
    """The component; ComponentWrong when it was sealed for another ceremony or place."""
    if framed[:_HEAD] != _MARK + ceremony.bytes + bytes([number]):
        raise ComponentWrong("sealed for another ceremony or place", number=number)
    return framed[_HEAD:]


def combine(components: Sequence[bytes], algorithm: str) -> bytes:
    """The key that the components make by XOR; KeyWeak, ComponentWrong.

    Refused: fewer than two, unequal lengths, an empty (zero) component, two equal ones, and a
    key that is weak: all zero, equal parts of 3DES, or a weak or semi-weak DES part.
    """
    lengths = {len(component) for component in components}
    if len(components) < 2 or len(lengths) != 1 or lengths - set(LENGTHS[algorithm]):
        raise ComponentWrong("components are two or more of one length")
    if len({*components, bytes(max(lengths))}) != len(components) + 1:
        raise ComponentWrong("no component is zero, no two are the same")
    key = bytes(max(lengths))
    for component in components:
        key = bytes(one ^ other for one, other in zip(key, component, strict=True))
    return unless_weak(key, algorithm)


def unless_weak(key: bytes, algorithm: str) -> bytes:
    """The key; KeyWeak. MessageRefused when its length is none of the algorithm's."""
    cipher_of(algorithm, key)
    masked = bytes(byte & 0xFE for byte in key)
    if not any(masked):
        raise KeyWeak("the key is zero")
    if algorithm == "3des":
        parts = [masked[at : at + 8] for at in range(0, len(masked), 8)]
        if parts[0] == parts[1] or parts[1:2] == parts[2:] or _WEAK_DES & set(parts):
            raise KeyWeak("the key is no better than single DES")
    return key
