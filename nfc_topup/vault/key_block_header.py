"""The clear head of a key block (TR-31:2018, ANSI X9.143): parsed and built as pairs, pure text.

Versions B (3DES) and D (AES), which derive their keys; A and C only vary theirs and are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nfc_topup.vault.errors import KeyBlockMismatch, KeyBlockWrong

LONGEST_BLOCK = 4096
FIXED = 16
BLOCK_OF = {"B": 8, "D": 16}
"""Versions taken, and the cipher block their lengths are multiples of; their MAC is one block."""

_FIXED = re.compile(
    r"(?P<version>[A-Z0-9])(?P<length>[0-9]{4})(?P<usage>[A-Z0-9]{2})(?P<algorithm>[A-Z0-9])"
    r"(?P<mode>[A-Z0-9])(?P<key_version>[A-Za-z0-9]{2})(?P<exportability>[A-Z0-9])"
    r"(?P<optional>[0-9]{2})(?P<reserved>[0-9]{2})"
)
_OPTIONAL = re.compile(r"(?P<id>[A-Z0-9]{2})(?P<length>[0-9A-F]{2})")
_PRINTABLE = re.compile(r"[\x20-\x7E]*")
_HEX = re.compile(r"(?:[0-9A-F]{2})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a key block says of its key; `optional` are its optional blocks, id and data."""

    version: str
    usage: str
    algorithm: str
    mode: str
    exportability: str
    key_version: str = "00"
    optional: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a ceremony accepts: one usage and algorithm, some modes and exportabilities."""

    usage: str
    algorithm: str
    modes: tuple[str, ...]
    exportabilities: tuple[str, ...]

    def unless_other(self, header: Header) -> Header:
        """The header; KeyBlockMismatch names the part that is not as demanded."""
        parts = {
            "usage": header.usage == self.usage,
            "algorithm": header.algorithm == self.algorithm,
            "mode": header.mode in self.modes,
            "exportability": header.exportability in self.exportabilities,
        }
        for part, agrees in parts.items():
            if not agrees:
                raise KeyBlockMismatch("the key block is for something else", part=part)
        return header


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A key block cut in three: its head, as text too, its sealed part and its MAC."""

    header: Header
    head: str
    sealed: bytes
    mac: bytes


def split(text: str) -> Split:
    """Cut a key block; KeyBlockWrong names what is amiss. Nothing is true of it before its MAC."""
    fixed = _FIXED.match(text[:FIXED])
    if fixed is None or len(text) > LONGEST_BLOCK:
        raise KeyBlockWrong("no key block begins so", part="head")
    version = fixed["version"]
    if version not in BLOCK_OF:
        raise KeyBlockWrong("versions B and D are taken", part="version")
    block = BLOCK_OF[version]
    if int(fixed["length"]) != len(text) or len(text) % block:
        raise KeyBlockWrong("it is not as long as it says", part="length")
    optional, at = _optional(text, int(fixed["optional"]))
    if at % block:
        raise KeyBlockWrong("its head is no whole number of blocks", part="head")
    body = text[at:]
    if not _HEX.fullmatch(body) or len(body) < 4 * block or len(body) % (2 * block):
        raise KeyBlockWrong("its sealed part is no whole number of blocks in hex", part="sealed")
    sealed = bytes.fromhex(body)
    header = Header(
        version=version,
        usage=fixed["usage"],
        algorithm=fixed["algorithm"],
        mode=fixed["mode"],
        key_version=fixed["key_version"],
        exportability=fixed["exportability"],
        optional=optional,
    )
    return Split(header=header, head=text[:at], sealed=sealed[:-block], mac=sealed[-block:])


def build(header: Header, sealed_length: int) -> str:
    """The head of a block whose sealed part has so many bytes; KeyBlockWrong.

    Optional blocks are padded with one of id PB to whole blocks, as the standard says.
    """
    block = BLOCK_OF.get(header.version)
    if block is None:
        raise KeyBlockWrong("versions B and D are made", part="version")
    optional = "".join(_build_optional(name, data) for name, data in header.optional)
    count = len(header.optional)
    if lacking := -len(optional) % block:
        filler = lacking if lacking >= 4 else lacking + block
        optional += f"PB{filler:02X}" + "0" * (filler - 4)
        count += 1
    length = FIXED + len(optional) + 2 * (sealed_length + block)
    head = (
        f"{header.version}{length:04d}{header.usage}{header.algorithm}{header.mode}"
        f"{header.key_version}{header.exportability}{count:02d}00{optional}"
    )
    if not _FIXED.match(head[:FIXED]) or length > LONGEST_BLOCK or count > 99:
        raise KeyBlockWrong("no key block has such a head", part="head")
    return head


def _optional(text: str, count: int) -> tuple[tuple[tuple[str, str], ...], int]:
    """The optional blocks less the padding, and where the sealed part begins."""
    found: list[tuple[str, str]] = []
    at = FIXED
    for _ in range(count):
        begun = _OPTIONAL.match(text, at)
        length = int(begun["length"], 16) if begun else 0
        data = text[at + 4 : at + length]
        if begun is None or length < 4 or len(data) != length - 4:
            raise KeyBlockWrong("an optional block is not whole", part="optional")
        if not _PRINTABLE.fullmatch(data):
            raise KeyBlockWrong("an optional block is printable text", part="optional")
        if begun["id"] != "PB":
            found.append((begun["id"], data))
        at += length
    return tuple(found), at


def _build_optional(name: str, data: str) -> str:
    text = f"{name}{len(data) + 4:02X}{data}"
    if len(data) > 251 or not _OPTIONAL.match(text) or not _PRINTABLE.fullmatch(data):
        raise KeyBlockWrong("no optional block is so", part="optional")
    return text
