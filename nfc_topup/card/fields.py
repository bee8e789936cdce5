"""The small things card files are made of: BCD dates that may be blank, names in GBK, BCD numbers.

Each keeps the bytes as the card gave them, so that building gives back what was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from nfc_topup.card.errors import CardAnswerUnreadable

LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")
PADDING = "\x00\xff "

_ASN = re.compile(r"[0-9]{20}")


@dataclass(frozen=True, slots=True)
class CardDate:
    """A day as YYYYMMDD in BCD, 4 bytes; cards write 00.. or FF.. where there is none."""

    raw: bytes

    def __post_init__(self) -> None:
        _wide(self.raw, 4, "a date")

    @classmethod
    def of(cls, day: date | None) -> CardDate:
        """The card's form of a day, zeros for none."""
        return cls(bytes(4) if day is None else bytes.fromhex(day.isoformat().replace("-", "")))

    @property
    def day(self) -> date | None:
        """The day; None when it is blank or no day of any calendar."""
        found = _moment(self.raw + bytes(3))
        return None if found is None else found.date()

    def __str__(self) -> str:
        return "" if self.day is None else self.day.isoformat()


@dataclass(frozen=True, slots=True)
class CardMoment:
    """Date and time as YYYYMMDDhhmmss in BCD, 7 bytes, the terminal's local time."""

    raw: bytes

    def __post_init__(self) -> None:
        _wide(self.raw, 7, "a moment")

    @classmethod
    def of(cls, moment: datetime | None) -> CardMoment:
        """The card's form of an aware moment, zeros for none."""
        if moment is None:
            return cls(bytes(7))
        local = moment.astimezone(LOCAL)
        day = local.date().isoformat().replace("-", "")
        return cls(bytes.fromhex(f"{day}{local.hour:02}{local.minute:02}{local.second:02}"))

    @property
    def moment(self) -> datetime | None:
        """The aware moment; None when it is blank or no moment of any calendar."""
        return _moment(self.raw)

    def __str__(self) -> str:
        return "" if self.moment is None else self.moment.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class CardText:
    """Text of a fixed width in GBK (names) or ASCII (vehicles), padded with 00, FF or blanks."""

    raw: bytes

    @classmethod
    def of(cls, text: str, width: int) -> CardText:
        """The card's form, padded with zeros; ValueError when it does not fit or is not GBK."""
        raw = text.encode("gbk")
        if len(raw) > width:
            raise ValueError(f"the text takes {len(raw)} bytes of {width}")
        return cls(raw.ljust(width, b"\x00"))

    @property
    def text(self) -> str:
        """The text without its padding; bytes that are not GBK show as U+FFFD."""
        kept = self.raw.rstrip(b"\x00\xff ")
        return kept.decode("gbk", errors="replace").strip(PADDING)

    def __str__(self) -> str:
        return self.text


def asn_of(raw: bytes) -> str:
    """The card's number as 20 digits; CardAnswerUnreadable unless it is BCD."""
    text = raw.hex()
    if not _ASN.fullmatch(text):
        raise CardAnswerUnreadable("the ASN is not BCD", command="READ BINARY")
    return text


def exactly(data: bytes, lengths: tuple[int, ...], what: str, command: str) -> None:
    """CardAnswerUnreadable unless `data` has one of these lengths."""
    if len(data) not in lengths:
        wanted = " or ".join(str(length) for length in lengths)
        raise CardAnswerUnreadable(f"{what} has {wanted} bytes", command=command, length=len(data))


def number(raw: bytes) -> int:
    """An unsigned number, high byte first."""
    return int.from_bytes(raw, "big")


def _wide(raw: bytes, width: int, what: str) -> None:
    if len(raw) != width:
        raise ValueError(f"{what} has {width} bytes")


def _moment(raw: bytes) -> datetime | None:
    digits = raw.hex()
    if not digits.isdecimal():
        return None
    numbers = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, 14, 2))]
    try:
        return datetime(*numbers, tzinfo=LOCAL)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
