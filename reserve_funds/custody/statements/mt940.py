"""SWIFT MT940 customer statements: fields split strictly, one statement from :20: to :62F:.

The library mt-940 is the oracle of the tests and is not used here: it merges the statements of a
file, logs what it cannot read, and opens a text that happens to be a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from reserve_funds.custody.statements.texts import (
    day_of,
    fen_of_comma,
    only_cny,
    plain,
    unreadable,
)
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Part, Side

LONGEST_LINE_BYTES = 2_000
_TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)")
_BALANCE = re.compile(r"([DC])([0-9]{6})([A-Z]{3})([0-9,]{1,16})")
_ENTRY = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[DC])(?:[A-Z])?"
    r"(?P<amount>[0-9,]{1,15})(?P<kind>[A-Z][A-Z0-9]{3})(?P<ours>(?:(?!//).){0,16})"
    r"(?://(?P<theirs>.{0,16}))?"
)
_NOT_NEEDED = frozenset({"13D", "21", "34F", "64", "65", "90C", "90D"})
_WRAPPING = re.compile(r"\{[1235]:.*|\{4:|-\}?.*|")


def read(stream: BinaryIO, *, encoding: str = "gb18030") -> Iterator[Part]:
    """The statements of one file, unchecked. StatementUnreadable.

    :60M: and :62M: mean that a statement goes on in the next message; its pages become one. A year
    is read as 20YY; an entry's MMDD is of the year that is nearest to its value day.
    """
    statement: _Statement | None = None
    for tag, text, line_no in _fields(stream, encoding):
        if statement is None:
            if tag != "20":
                raise unreadable("a field before :20:", line_no, f":{tag}:")
            statement = _Statement()
        elif statement.take(tag, text, line_no):
            yield from statement.parts()
            statement = None
        elif tag == "20" and not statement.goes_on:
            raise unreadable("a statement begins before the last one ended", line_no)
    if statement is not None:
        raise unreadable("the last statement has no :62F:", 0)


class _Statement:
    """One statement on its way, over as many messages as it takes."""

    def __init__(self) -> None:
        self.goes_on = False
        self._account, self._number = "", ""
        self._first: tuple[date, int] | None = None
        self._last: tuple[date, int] | None = None
        self._lines: list[BankLine] = []

    def take(self, tag: str, text: str, line_no: int) -> bool:
        """One field of it; True with the last."""
        if tag == "25":
            self._account = plain(text.partition("\n")[0], line=line_no)
        elif tag in ("28C", "28"):
            self._number = plain(text, line=line_no).partition("/")[0]
        elif tag in ("60F", "60M"):
            self._open(tag, text, line_no)
        elif tag == "61":
            self._lines.append(self._entry(text, line_no))
        elif tag == "86":
            self._tell(text, line_no)
        elif tag in ("62F", "62M"):
            self._last = _balance(text, line_no)
            self.goes_on = tag == "62M"
        elif tag not in _NOT_NEEDED and tag != "20":
            raise unreadable("a field that MT940 does not have", line_no, f":{tag}:")
        return tag == "62F"

    def parts(self) -> Iterator[Part]:
        """The statement, once its last field was taken."""
        if self._first is None or self._last is None or not self._account:
            raise unreadable("a statement without :25: or :60F:", 0)
        (first_day, opening_fen), (last_day, closing_fen) = self._first, self._last
        yield Opening(
            account_no=self._account,
            currency="CNY",
            number=self._number,
            first_day=first_day,
            last_day=last_day,
            balance_fen=opening_fen,
        )
        yield from self._lines
        yield Closing(balance_fen=closing_fen)

    def _open(self, tag: str, text: str, line_no: int) -> None:
        opens = _balance(text, line_no)
        if (tag == "60M") is not (self._first is not None):
            raise unreadable("pages of a statement are missing", line_no, f":{tag}:")
        if self._last is not None and opens[1] != self._last[1]:
            raise unreadable("a page does not begin where the last one ended", line_no)
        self._first = self._first or opens

    def _entry(self, text: str, line_no: int) -> BankLine:
        first, _, more = text.partition("\n")
        found = _ENTRY.fullmatch(first.rstrip())
        if found is None or self._first is None:
            raise unreadable("not a statement line, or before :60F:", line_no, first)
        amount_fen = fen_of_comma(found["amount"], line=line_no)
        if amount_fen == 0:
            raise unreadable("an amount that is not positive", line_no, first)
        value_day = day_of("20" + found["value"], line=line_no)
        ours = plain(found["ours"], line=line_no)
        return BankLine(
            line_no=len(self._lines) + 1,
            bank_no=plain(found["theirs"], line=line_no),
            booked_day=_near(found["entry"], value_day, line_no),
            value_day=value_day,
            side=Side.IN if found["mark"] in ("C", "RD") else Side.OUT,
            amount_fen=amount_fen,
            reversal=found["mark"].startswith("R"),
            our_no="" if ours == "NONREF" else ours,
            summary=plain(more, line=line_no),
            kind=found["kind"],
        )

    def _tell(self, text: str, line_no: int) -> None:
        """:86: tells of the entry before it; after the closing balance, of the statement."""
        if self._lines and self._last is None:
            told = plain(" ".join(text.split("\n")), line=line_no)
            self._lines[-1] = replace(self._lines[-1], remark=told)


def _balance(text: str, line_no: int) -> tuple[date, int]:
    found = _BALANCE.fullmatch(text.strip())
    if found is None:
        raise unreadable("not a balance", line_no, text)
    only_cny(found[3], line=line_no)
    fen = fen_of_comma(found[4], line=line_no)
    return day_of("20" + found[2], line=line_no), fen if found[1] == "C" else -fen


def _near(entry: str | None, value_day: date, line_no: int) -> date:
    if not entry:
        return value_day
    days = []
    for year in (value_day.year - 1, value_day.year, value_day.year + 1):
        try:
            days.append(date(year, int(entry[:2]), int(entry[2:])))
        except ValueError:
            continue
    if not days:
        raise unreadable("not a day", line_no, entry)
    return min(days, key=lambda day: abs(day - value_day))


def _fields(stream: BinaryIO, encoding: str) -> Iterator[tuple[str, str, int]]:
    """Each field with its lines joined, and where it begins."""
    tag, lines, began = "", list[str](), 0
    line_no = 0
    while raw := stream.readline(LONGEST_LINE_BYTES):
        line_no += 1
        if len(raw) == LONGEST_LINE_BYTES:
            raise unreadable("a line that does not end", line_no)
        try:
            line = raw.decode(encoding).rstrip("\r\n").removeprefix("\ufeff")
        except UnicodeDecodeError as wrong:
            raise unreadable(f"not {encoding}", line_no) from wrong
        found = _TAG.fullmatch(line)
        if found:
            if tag:
                yield tag, "\n".join(lines), began
            tag, lines, began = found[1], [found[2]], line_no
        elif _WRAPPING.fullmatch(line):
            continue
        elif tag:
            lines.append(line)
        else:
            raise unreadable("text before the first field", line_no, line)
    if tag:
        yield tag, "\n".join(lines), began
