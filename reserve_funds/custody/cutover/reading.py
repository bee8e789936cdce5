"""Reads a legacy system's balances: a CSV of cards, each line read by itself, nothing guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from reserve_funds.custody.cutover.errors import LegacyFileRefused

HEADER = ["card_no", "balance_fen"]
MOST_BYTES = 2 << 30
_CARD = re.compile(r"[0-9]{19}")
_FEN = re.compile(r"0|[1-9][0-9]{0,11}")
_LONGEST_LINE = 64


class Fault(StrEnum):
    """What is wrong with one line."""

    HEADER = "header"
    TOO_LONG = "too_long"
    COLUMNS = "columns"
    CARD = "card"
    BALANCE = "balance"
    TWICE = "twice"
    TAKEN = "taken"


_SAID = {
    Fault.HEADER: "not these columns",
    Fault.TOO_LONG: "a line is too long",
    Fault.TWICE: "a card is told twice",
    Fault.TAKEN: "a card was taken before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line by its number in the file: the card's 20 digits and its fen, as far as they are any.

    `told` is what stands where the card's number should.
    """

    number: int
    told: str
    asn: str | None
    balance_fen: int | None
    fault: Fault | None


def rows(file: BinaryIO) -> Iterator[Row]:
    """Every line after the header, good or not; the header only when it is wrong.

    LegacyFileRefused for what has no lines at all: nothing in it, or no UTF-8.
    """
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    number, seen = 0, set[str]()
    try:
        while line := lines.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                _skip(lines, line)
                yield _row(number, [], Fault.TOO_LONG)
                continue
            cells = _cells(line)
            if number == 1:
                if cells != HEADER:
                    yield _row(number, cells or [], Fault.HEADER)
                continue
            row = _read(number, cells)
            if row.fault is None and row.asn in seen:
                row = _row(number, cells or [], Fault.TWICE)
            if row.asn is not None:
                seen.add(row.asn)
            yield row
        if number == 0:
            raise LegacyFileRefused("empty", line=0)
    except UnicodeDecodeError as wrong:
        raise LegacyFileRefused("not UTF-8", line=number) from wrong
    finally:
        lines.detach()


def cards(file: BinaryIO) -> Iterator[tuple[str, int]]:
    """(application serial number of 20 digits, fen) of every line. LegacyFileRefused, with line.

    UTF-8, the header `card_no,balance_fen`, 19 digits and whole fen, no card twice.
    """
    for row in rows(file):
        if row.fault is not None or row.asn is None or row.balance_fen is None:
            said = _SAID.get(row.fault or Fault.COLUMNS, "no card and balance")
            raise LegacyFileRefused(said, line=row.number)
        yield row.asn, row.balance_fen


def _read(number: int, cells: list[str] | None) -> Row:
    if cells is None or len(cells) != len(HEADER):
        return _row(number, cells or [], Fault.COLUMNS)
    if not _CARD.fullmatch(cells[0]):
        return _row(number, cells, Fault.CARD)
    if not _FEN.fullmatch(cells[1]):
        return _row(number, cells, Fault.BALANCE)
    return _row(number, cells, None)


def _row(number: int, cells: list[str], fault: Fault | None) -> Row:
    is_whole = len(cells) == len(HEADER) and fault not in (Fault.HEADER, Fault.COLUMNS)
    card = cells[0] if is_whole and _CARD.fullmatch(cells[0]) else None
    fen = int(cells[1]) if is_whole and _FEN.fullmatch(cells[1]) else None
    return Row(
        number=number,
        told=cells[0] if cells else "",
        asn=None if card is None else f"0{card}",
        balance_fen=fen,
        fault=fault,
    )


def _cells(line: str) -> list[str] | None:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None


def _skip(lines: io.TextIOWrapper, begun: str) -> None:
    """Reads on to the end of a line that is too long, a piece at a time."""
    while begun and not begun.endswith("\n"):
        begun = lines.readline(1 << 16)
