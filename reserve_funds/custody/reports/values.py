"""A report as a value: named tables of typed columns, of a pool and its days, as known then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

# Known whenever it was booked.
EVER = datetime(9999, 12, 31, tzinfo=UTC)

Cell = str | int | date | datetime | None


class Sort(StrEnum):
    """What a column holds; fen are written as yuan, per mille as they are."""

    TEXT = "text"
    FEN = "fen"
    COUNT = "count"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, in words for people."""

    zh: str
    en: str
    sort: Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns. `rows` may be a stream, read once."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a pool: as of the business days `first` to `last`, as known at `known_at`."""

    name: str
    zh: str
    en: str
    pool: int
    first: date
    last: date
    known_at: datetime
    tables: tuple[Table, ...]


def text(zh: str, en: str) -> Column:
    return Column(zh=zh, en=en, sort=Sort.TEXT)


def fen(zh: str, en: str) -> Column:
    return Column(zh=zh, en=en, sort=Sort.FEN)


def count(zh: str, en: str) -> Column:
    return Column(zh=zh, en=en, sort=Sort.COUNT)


def day(zh: str, en: str) -> Column:
    return Column(zh=zh, en=en, sort=Sort.DAY)


def moment(zh: str, en: str) -> Column:
    return Column(zh=zh, en=en, sort=Sort.MOMENT)
