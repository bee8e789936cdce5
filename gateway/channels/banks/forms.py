"""How banks write money and moments: each form exact both ways, or refused."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.channels.yuan import fen_of_yuan

SHANGHAI = ZoneInfo("Asia/Shanghai")
_FEN = re.compile(r"0|[1-9][0-9]{0,11}")
_YUAN = re.compile(r"(0|[1-9][0-9]{0,9})\.[0-9]{2}")
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)

Value = str | int


class NotInForm(ValueError):
    """A word is not in the form its field has at this bank."""


class Money(Protocol):
    """An amount as a bank writes it."""

    @property
    def example(self) -> Value:
        """50 yuan."""
        ...

    def write(self, amount_fen: int) -> Value:
        """The bank's way to say so many fen."""
        ...

    def read(self, value: Value) -> int:
        """The fen of a bank's amount, never negative; NotInForm."""
        ...


class FenText:
    """Whole fen as text: "5000"."""

    example: Value = "5000"

    def write(self, amount_fen: int) -> Value:
        """Digits without leading zeros."""
        return str(amount_fen)

    def read(self, value: Value) -> int:
        """A JSON number where text belongs is refused as well."""
        if type(value) is not str or not _FEN.fullmatch(value):
            raise NotInForm("an amount is not whole fen as text")
        return int(value)


class FenNumber:
    """Whole minor units as a number: 5000."""

    example: Value = 5000

    def write(self, amount_fen: int) -> Value:
        """As it is."""
        return amount_fen

    def read(self, value: Value) -> int:
        """Neither text nor bool nor fraction."""
        if type(value) is not int or not 0 <= value < 10**12:
            raise NotInForm("an amount is not a whole number of minor units")
        return value


class YuanText:
    """Yuan with exactly two decimals: "50.00"."""

    example: Value = "50.00"

    def write(self, amount_fen: int) -> Value:
        """Two decimals, no grouping."""
        return f"{amount_fen // 100}.{amount_fen % 100:02d}"

    def read(self, value: Value) -> int:
        """One decimal, three, a sign or grouping are refused."""
        if type(value) is not str or not _YUAN.fullmatch(value):
            raise NotInForm("an amount is not yuan with two decimals")
        return fen_of_yuan(value)


class Moments(Protocol):
    """A moment as a bank writes it."""

    @property
    def example(self) -> str:
        """Noon of a day in Shanghai."""
        ...

    def write(self, moment: datetime) -> str:
        """The bank's way to say it, to the second."""
        ...

    def read(self, value: Value) -> datetime:
        """The moment as aware UTC; NotInForm."""
        ...


@dataclass(frozen=True, slots=True)
class ShanghaiTime:
    """Wall clock of Shanghai, in a format of strftime."""

    format: str
    example: str

    def write(self, moment: datetime) -> str:
        """In Shanghai's time."""
        return moment.astimezone(SHANGHAI).strftime(self.format)

    def read(self, value: Value) -> datetime:
        """Only the exact form, digit for digit."""
        try:
            moment = datetime.strptime(str(value), self.format).replace(tzinfo=SHANGHAI)
        except ValueError:
            raise NotInForm(f"a moment is not in the form {self.example}") from None
        if type(value) is not str or moment.strftime(self.format) != value:
            raise NotInForm(f"a moment is not in the form {self.example}")
        return moment.astimezone(UTC)


class Rfc3339:
    """RFC 3339 with its offset."""

    example = "2026-11-22T12:00:00+08:00"

    def write(self, moment: datetime) -> str:
        """With Shanghai's offset."""
        return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")

    def read(self, value: Value) -> datetime:
        """Any offset, at most microseconds."""
        if type(value) is not str or not _RFC3339.fullmatch(value):
            raise NotInForm("a moment is not in the form of RFC 3339")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise NotInForm("a moment is not in the form of RFC 3339") from None


DIGITS_14 = ShanghaiTime("%Y%m%d%H%M%S", "20261122120000")
SPACED = ShanghaiTime("%Y-%m-%d %H:%M:%S", "2026-11-22 12:00:00")
