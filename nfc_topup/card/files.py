"""File 15, which says whose card it is; its layout is chosen by AID, never by length."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from nfc_topup.card.errors import CardAnswerUnreadable

FILE15_LENGTH = 30

_ASN = re.compile(r"[0-9]{20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicData:
    """What loading needs of file 15. `asn` is 20 digits, `issuer_id` its first 4 bytes."""

    asn: str
    issuer_id: bytes
    enabled: bool
    starts: str
    expires: str


File15Parser = Callable[[bytes], PublicData]


def parse_tunion_file15(data: bytes) -> PublicData:
    """T-Union: issuer 8, type, version, ASN 10 (BCD), start 4, expiry 4, issuer's own 2."""
    _thirty(data)
    return PublicData(
        asn=_asn(data[10:20]),
        issuer_id=data[0:4],
        enabled=data[8] in (1, 2, 3),
        starts=data[20:24].hex(),
        expires=data[24:28].hex(),
    )


def parse_city_file15(data: bytes) -> PublicData:
    """City cards of the construction ministry: the ASN has 8 bytes (12 to 19), zeros before."""
    _thirty(data)
    return PublicData(
        asn=_asn(bytes(2) + data[12:20]),
        issuer_id=data[0:4],
        enabled=data[8] != 0,
        starts=data[20:24].hex(),
        expires=data[24:28].hex(),
    )


def build_tunion_file15(public: PublicData) -> bytes:
    """The pair of parse_tunion_file15, for cards of the sandbox and for tests."""
    head = public.issuer_id + b"\xff" * 4 + bytes((2 if public.enabled else 0, 1))
    return head + bytes.fromhex(public.asn + public.starts + public.expires) + bytes(2)


def _thirty(data: bytes) -> None:
    if len(data) != FILE15_LENGTH:
        raise CardAnswerUnreadable("file 15 has 30 bytes", command="READ BINARY", length=len(data))


def _asn(raw: bytes) -> str:
    text = raw.hex()
    if not _ASN.fullmatch(text):
        raise CardAnswerUnreadable("the ASN is not BCD", command="READ BINARY")
    return text
