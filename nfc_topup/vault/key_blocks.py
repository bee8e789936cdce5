"""Key blocks (TR-31:2018 versions B and D): a key wrapped under a transport key, with its head.

The transport key is used through its CMAC alone, so that it may stay in a token; the two keys
derived from it for a block, and the block's key, are in the memory of whoever asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes

from nfc_topup.vault import algorithms
from nfc_topup.vault.custody import cipher_of, cmac_under
from nfc_topup.vault.errors import KeyBlockWrong
from nfc_topup.vault.key_block_header import BLOCK_OF, Demand, Header, build, split

VERSION_OF = {"3des": "B", "aes-128": "D", "aes-192": "D", "aes-256": "D"}
"""Which version a transport key of this algorithm makes and opens."""
LETTER_OF = {"3des": "T", "aes-128": "A", "aes-192": "A", "aes-256": "A"}
"""How a head names an algorithm; it has no letter for SM4."""

_LONGEST = {"B": 24, "D": 32}
_KNOWN = {"T": (16, 24), "A": (16, 24, 32)}
_INDICATOR = {
    ("3des", 16): 0,
    ("3des", 24): 1,
    ("aes-128", 16): 2,
    ("aes-192", 24): 3,
    ("aes-256", 32): 4,
}
_ENCRYPTION, _AUTHENTICATION = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKey:
    """A key block protection key, wherever it is: its algorithm, length, and its CMAC."""

    algorithm: str
    length: int
    cmac: Callable[[bytes], bytes]


def in_memory(algorithm: str, key: bytes) -> TransportKey:
    """A transport key whose value is here."""
    return TransportKey(algorithm=algorithm, length=len(key), cmac=cmac_under(algorithm, key))


def unwrap(
    transport: TransportKey, text: str, demand: Demand | None = None
) -> tuple[Header, bytes]:
    """The head and the key of a block; KeyBlockWrong, KeyBlockMismatch.

    Its MAC is compared before anything it says is believed, then its head is held against
    `demand`, then the key's length against its algorithm.
    """
    parts = split(text)
    if parts.header.version != VERSION_OF.get(transport.algorithm):
        raise KeyBlockWrong("this transport key opens another version", part="version")
    encryption, authentication = _derived(transport)
    clear = _cbc(transport, encryption, parts.mac, parts.sealed, opens=True)
    expected = authentication(parts.head.encode("ascii") + clear)
    if not algorithms.same(expected, parts.mac):
        raise KeyBlockWrong("its MAC is wrong", part="mac")
    if demand is not None:
        demand.unless_other(parts.header)
    bits = int.from_bytes(clear[:2], "big")
    key = clear[2 : 2 + bits // 8]
    known = _KNOWN.get(parts.header.algorithm, ())
    if bits % 8 or len(key) * 8 != bits or len(key) not in known:
        raise KeyBlockWrong("no key of this algorithm is so long", part="key")
    if len(key) > transport.length and parts.header.algorithm == LETTER_OF[transport.algorithm]:
        raise KeyBlockWrong("its key is stronger than what protects it", part="key")
    return parts.header, key


def wrap(transport: TransportKey, header: Header, key: bytes, pad: bytes | None = None) -> str:
    """A key block; `pad` is random unless told, and hides how long the key is. KeyBlockWrong."""
    if header.version != VERSION_OF.get(transport.algorithm):
        raise KeyBlockWrong("this transport key makes another version", part="version")
    if len(key) > transport.length:
        raise KeyBlockWrong("a key is not wrapped under a weaker one", part="key")
    block = BLOCK_OF[header.version]
    if pad is None:
        longest = _LONGEST[header.version]
        shown = longest + -(longest + 2) % block
        pad = os.urandom(shown - len(key))
    clear = (len(key) * 8).to_bytes(2, "big") + key + pad
    if len(clear) % block:
        raise KeyBlockWrong("its sealed part is no whole number of blocks", part="sealed")
    head = build(header, len(clear))
    encryption, authentication = _derived(transport)
    mac = authentication(head.encode("ascii") + clear)
    sealed = _cbc(transport, encryption, mac, clear, opens=False)
    return head + (sealed + mac).hex().upper()


def _derived(transport: TransportKey) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The encryption key of a block, and the CMAC under its authentication key."""
    indicator = _INDICATOR.get((transport.algorithm, transport.length))
    if indicator is None:
        raise KeyBlockWrong("no key block is made under such a key", part="transport")

    def derived(use: int) -> bytes:
        made = b""
        counter = 0
        while len(made) < transport.length:
            counter += 1
            made += transport.cmac(
                bytes([counter])
                + use.to_bytes(2, "big")
                + b"\x00"
                + indicator.to_bytes(2, "big")
                + (transport.length * 8).to_bytes(2, "big")
            )
        return made[: transport.length]

    return derived(_ENCRYPTION), cmac_under(transport.algorithm, derived(_AUTHENTICATION))


def _cbc(transport: TransportKey, key: bytes, iv: bytes, text: bytes, *, opens: bool) -> bytes:
    cipher = Cipher(cipher_of(transport.algorithm, key), modes.CBC(iv))
    context: CipherContext = cipher.decryptor() if opens else cipher.encryptor()
    return context.update(text) + context.finalize()
