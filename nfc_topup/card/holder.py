"""Files 16 and 17 of T-Union: whose name is on the card, and where it is at home."""

from __future__ import annotations

from dataclasses import dataclass

from nfc_topup.card.apdu import Command
from nfc_topup.card.fields import CardText, exactly

FILE16_LENGTH = 55
FILE17_LENGTH = 60
FILE17_SHORT = 11  # what deployed readers ask for
CHINA = "00000156"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFile:
    """File 16: type 1, staff 1, name 20 (GBK), identity number 32, its type 1. Personal data."""

    kind: int
    staff: int
    name: CardText
    identity_no: CardText
    identity_kind: int

    def to_bytes(self) -> bytes:
        """The 55 bytes as the card keeps them."""
        flags = bytes((self.kind, self.staff))
        return flags + self.name.raw + self.identity_no.raw + bytes((self.identity_kind,))

    def __repr__(self) -> str:
        return f"HolderFile(kind={self.kind}, staff={self.staff}, name and number withheld)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFile:
    """File 17: country 4, province 2, city 2 (GB/T 13497), interoperable 2, kind 1, reserved.

    Codes are BCD text. `reserved` is empty when only the first 11 bytes were read.
    """

    country: str
    province: str
    city: str
    interoperable: str
    kind: int
    reserved: bytes = b""

    def to_bytes(self) -> bytes:
        """The 11 or 60 bytes as they were read."""
        codes = bytes.fromhex(self.country + self.province + self.city + self.interoperable)
        return codes + bytes((self.kind,)) + self.reserved

    @property
    def is_interoperable(self) -> bool | None:
        """True for 0001, False for 0000 (used at home only), None for what nobody explains."""
        return {"0001": True, "0000": False}.get(self.interoperable)


def read_file17() -> Command:
    """READ BINARY of the first 11 bytes of file 17, as deployed readers do."""
    return Command(cla=0x00, ins=0xB0, p1=0x97, p2=0x00, le=FILE17_SHORT)


def parse_file16(data: bytes) -> HolderFile:
    """Read file 16; CardAnswerUnreadable unless it has 55 bytes."""
    exactly(data, (FILE16_LENGTH,), "file 16", "READ BINARY")
    return HolderFile(
        kind=data[0],
        staff=data[1],
        name=CardText(data[2:22]),
        identity_no=CardText(data[22:54]),
        identity_kind=data[54],
    )


def parse_file17(data: bytes) -> RegionFile:
    """Read file 17, whole or its first 11 bytes; CardAnswerUnreadable."""
    exactly(data, (FILE17_SHORT, FILE17_LENGTH), "file 17", "READ BINARY")
    return RegionFile(
        country=data[0:4].hex(),
        province=data[4:6].hex(),
        city=data[6:8].hex(),
        interoperable=data[8:10].hex(),
        kind=data[10],
        reserved=data[11:],
    )
