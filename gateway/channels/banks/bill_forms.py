"""The line forms of banks' daily files: JSON lines, fixed-width text in GB18030, CSV."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.channels import strict_json
from gateway.channels.banks.forms import Moments, Money, NotInForm
from gateway.channels.strict_json import NotStrict
from gateway.channels.values import BillKind

Cells = Mapping[str, str]
HEAD = ("merchant_no", "day")
TAIL = ("count", "paid", "refunded", "reversed", "fee")


class BillForm(Protocol):
    """How one line becomes cells by our names. NotInForm tells which column is not as agreed."""

    @property
    def money(self) -> Money:
        """How amounts are written in the file."""
        ...

    @property
    def moments(self) -> Moments:
        """How moments are written in the file."""
        ...

    @property
    def kinds(self) -> Mapping[str, BillKind]:
        """What the word for a row's kind means."""
        ...

    def head(self, line: bytes) -> Cells:
        """`merchant_no` and `day` (digits, hyphens allowed) of the first line."""
        ...

    def is_tail(self, line: bytes) -> bool:
        """Whether the line with the sums has come."""
        ...

    def row(self, line: bytes) -> Cells:
        """The cells of one row."""
        ...

    def tail(self, line: bytes) -> Cells:
        """The count and the sums."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLines:
    """One flat JSON object a line, all values text; the word `kind_name` tells which line it is."""

    money: Money
    moments: Moments
    kinds: Mapping[str, BillKind]
    columns: Mapping[str, str]
    head_names: Mapping[str, str]
    tail_names: Mapping[str, str]
    record: str = "rec"

    def head(self, line: bytes) -> Cells:
        """A line whose record is H."""
        return self._cells(line, "H", self.head_names)

    def is_tail(self, line: bytes) -> bool:
        """A line whose record is T."""
        return self._read(line).get(self.record) == "T"

    def row(self, line: bytes) -> Cells:
        """A line whose record is D."""
        return self._cells(line, "D", self.columns)

    def tail(self, line: bytes) -> Cells:
        """Counts and sums."""
        return self._cells(line, "T", self.tail_names)

    def _cells(self, line: bytes, record: str, names: Mapping[str, str]) -> Cells:
        given = dict(self._read(line))
        if given.pop(self.record, None) != record:
            raise NotInForm(f"the record is not {record}")
        _same_columns(list(names.values()), list(given))
        return {ours: given[theirs] for ours, theirs in names.items()}

    def _read(self, line: bytes) -> Cells:
        try:
            found = strict_json.read_object(line)
        except NotStrict as wrong:
            raise NotInForm(str(wrong)) from None
        if not all(type(value) is str for value in found.values()):
            raise NotInForm("a value is not text")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a fixed-width line: `width` counts bytes; amounts stand at the right."""

    name: str
    width: int
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedWidth:
    """Columns of bytes in GB18030; the first byte tells which line it is: H, D or T."""

    money: Money
    moments: Moments
    kinds: Mapping[str, BillKind]
    columns: tuple[Column, ...]
    head_columns: tuple[Column, ...]
    tail_columns: tuple[Column, ...]
    encoding: str = "gb18030"

    def head(self, line: bytes) -> Cells:
        """Record H."""
        return self._cells(line, b"H", self.head_columns)

    def is_tail(self, line: bytes) -> bool:
        """Record T."""
        return line.startswith(b"T")

    def row(self, line: bytes) -> Cells:
        """Record D."""
        return self._cells(line, b"D", self.columns)

    def tail(self, line: bytes) -> Cells:
        """Counts and sums."""
        return self._cells(line, b"T", self.tail_columns)

    def _cells(self, line: bytes, record: bytes, columns: tuple[Column, ...]) -> Cells:
        wanted = 1 + sum(column.width for column in columns)
        if line[:1] != record or len(line) != wanted:
            raise NotInForm(
                f"record {line[:1]!r} of {len(line)} bytes, agreed {record!r} of {wanted}"
            )
        cells, at = {}, 1
        for column in columns:
            cells[column.name] = self._cell(line[at : at + column.width], column)
            at += column.width
        return cells

    def _cell(self, given: bytes, column: Column) -> str:
        """A character cut in two by the column's edge is refused."""
        try:
            text = given.decode(self.encoding)
        except UnicodeDecodeError:
            raise NotInForm(f"{column.name} is not {self.encoding} within its bytes") from None
        bare = text.lstrip(" ") if column.right else text.rstrip(" ")
        if bare.strip(" ") != bare:
            raise NotInForm(f"{column.name} stands at the wrong side of its column")
        return bare


@dataclass(frozen=True, slots=True, kw_only=True)
class Csv:
    """Comma-separated UTF-8 with a line of names, after a line of head and before a line of sums.

    The head line is `#bill,<merchant>,<day>`, the sums are `#total,...` in the order of TAIL.
    """

    money: Money
    moments: Moments
    kinds: Mapping[str, BillKind]
    columns: Mapping[str, str]

    def head(self, line: bytes) -> Cells:
        """`#bill`, then merchant and day, then the names of the columns, all on one line."""
        word, *cells = self._read(line.removeprefix(b"\xef\xbb\xbf")) or [""]
        if word != "#bill" or len(cells) < len(HEAD):
            raise NotInForm("the first line is not the bill's head")
        _same_columns(list(self.columns.values()), cells[len(HEAD) :])
        if cells[len(HEAD) :] != list(self.columns.values()):
            raise NotInForm("the columns stand in another order")
        return dict(zip(HEAD, cells, strict=False))

    def is_tail(self, line: bytes) -> bool:
        """A line that begins with #total."""
        return line.startswith(b"#total,")

    def row(self, line: bytes) -> Cells:
        """One cell a column."""
        cells = self._read(line)
        if len(cells) != len(self.columns):
            raise NotInForm(f"{len(cells)} cells, agreed {len(self.columns)}")
        return dict(zip(self.columns, cells, strict=True))

    def tail(self, line: bytes) -> Cells:
        """Counts and sums."""
        _, *cells = self._read(line)
        if len(cells) != len(TAIL):
            raise NotInForm(f"{len(cells)} sums, agreed {len(TAIL)}")
        return dict(zip(TAIL, cells, strict=True))

    def _read(self, line: bytes) -> list[str]:
        try:
            (cells,) = csv.reader([line.decode("utf-8")], strict=True)
        except (UnicodeDecodeError, csv.Error, ValueError):
            raise NotInForm("a line is not one CSV record in UTF-8") from None
        return cells


def _same_columns(agreed: list[str], given: list[str]) -> None:
    missing = [name for name in agreed if name not in given]
    unexpected = [name[:40] for name in given if name not in agreed]
    if missing or unexpected or len(given) != len(agreed):
        raise NotInForm(
            f"the columns are not the {len(agreed)} agreed: "
            f"missing {missing or 'none'}, unexpected {unexpected[:20] or 'none'}"
        )
