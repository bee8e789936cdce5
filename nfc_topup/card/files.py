"""File 15, which says whose card it is; its layout is chosen by AID, never by length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nfc_topup.card.fields import CardDate, asn_of, exactly

FILE15_LENGTH = 30
APPLICATION_TYPES = {1: "ED", 2: "EP", 3: "ED+EP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicData:
    """What loading needs of file 15. `asn` is 20 digits, `issuer_id` its first 4 bytes."""

    asn: str
    issuer_id: bytes
    enabled: bool
    starts: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TUnionFile15:
    """T-Union's: issuer 8, type, version, ASN 10 (BCD), start 4, expiry 4, issuer's own 2.

    `issuer` is disputed: one reader takes byte 0 as the kind of card and bytes 2 and 3 as the
    city; the city is therefore read from file 17.
    """

    issuer: bytes
    application_type: int
    version: int
    asn: str
    starts: CardDate
    expires: CardDate
    own: bytes

    def to_bytes(self) -> bytes:
        """The 30 bytes as the card keeps them."""
        head = self.issuer + bytes((self.application_type, self.version))
        return head + bytes.fromhex(self.asn) + self.starts.raw + self.expires.raw + self.own

    @property
    def public(self) -> PublicData:
        """What loading needs."""
        return PublicData(
            asn=self.asn,
            issuer_id=self.issuer[:4],
            enabled=self.application_type in APPLICATION_TYPES,
            starts=self.starts.raw.hex(),
            expires=self.expires.raw.hex(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFile15:
    """The construction ministry's: issuer 2, city 2, industry 2, reserved 2, enabled 1, version 1,
    interoperable 2, ASN 8, start 4, expiry 4, reserved 2.

    The ASN's 8 bytes stand behind two zero bytes to make the house's 20 digits.
    """

    issuer: bytes
    city: str
    industry: str
    reserved: bytes
    enabled: int
    version: int
    interoperable: str
    asn: str
    starts: CardDate
    expires: CardDate
    tail: bytes

    def to_bytes(self) -> bytes:
        """The 30 bytes as the card keeps them."""
        head = self.issuer + bytes.fromhex(self.city + self.industry) + self.reserved
        flags = bytes((self.enabled, self.version)) + bytes.fromhex(self.interoperable)
        number = bytes.fromhex(self.asn)[2:]
        return head + flags + number + self.starts.raw + self.expires.raw + self.tail

    @property
    def public(self) -> PublicData:
        """What loading needs."""
        return PublicData(
            asn=self.asn,
            issuer_id=self.issuer + bytes.fromhex(self.city),
            enabled=self.enabled != 0,
            starts=self.starts.raw.hex(),
            expires=self.expires.raw.hex(),
        )


File15 = TUnionFile15 | CityFile15
File15Parser = Callable[[bytes], PublicData]


def read_tunion_file15(data: bytes) -> TUnionFile15:
    """All of T-Union's file 15; CardAnswerUnreadable."""
    exactly(data, (FILE15_LENGTH,), "file 15", "READ BINARY")
    return TUnionFile15(
        issuer=data[0:8],
        application_type=data[8],
        version=data[9],
        asn=asn_of(data[10:20]),
        starts=CardDate(data[20:24]),
        expires=CardDate(data[24:28]),
        own=data[28:30],
    )


def read_city_file15(data: bytes) -> CityFile15:
    """All of a city card's file 15; CardAnswerUnreadable."""
    exactly(data, (FILE15_LENGTH,), "file 15", "READ BINARY")
    return CityFile15(
        issuer=data[0:2],
        city=data[2:4].hex(),
        industry=data[4:6].hex(),
        reserved=data[6:8],
        enabled=data[8],
        version=data[9],
        interoperable=data[10:12].hex(),
        asn=asn_of(bytes(2) + data[12:20]),
        starts=CardDate(data[20:24]),
        expires=CardDate(data[24:28]),
        tail=data[28:30],
    )


def parse_tunion_file15(data: bytes) -> PublicData:
    """What loading needs of T-Union's file 15; CardAnswerUnreadable."""
    return read_tunion_file15(data).public


def parse_city_file15(data: bytes) -> PublicData:
    """What loading needs of a city card's file 15; CardAnswerUnreadable."""
    return read_city_file15(data).public


def build_tunion_file15(public: PublicData) -> bytes:
    """A T-Union file 15 that says this, for cards of the sandbox and for tests."""
    return TUnionFile15(
        issuer=public.issuer_id + b"\xff" * 4,
        application_type=2 if public.enabled else 0,
        version=1,
        asn=public.asn,
        starts=CardDate(bytes.fromhex(public.starts)),
        expires=CardDate(bytes.fromhex(public.expires)),
        own=bytes(2),
    ).to_bytes()


FILE15_PARSERS: Mapping[str, File15Parser] = {
    "tunion": parse_tunion_file15,
    "city": parse_city_file15,
}
