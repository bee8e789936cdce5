"""Reads a legacy system's balances: a CSV of cards, held to the totals and digest told apart."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from reserve_funds.custody.cutover.errors import LegacyFileRefused

HEADER = ["card_no", "balance_fen"]
MOST_BYTES = 2 << 30
_CARD = re.compile(r"[0-9]{19}")
_FEN = re.compile(r"0|[1-9][0-9]{0,11}")
_LONGEST_LINE = 64


def cards(file: BinaryIO) -> Iterator[tuple[str, int]]:
    """(application serial number of 20 digits, fen) of every line. LegacyFileRefused, with line.

    UTF-8, the header `card_no,balance_fen`, 19 digits and whole fen. Nothing is guessed.
    """
    for number, row in _rows(file):
        if number == 1:
            if row != HEADER:
                raise LegacyFileRefused("not these columns", line=1)
            continue
        if len(row) != len(HEADER) or not _CARD.fullmatch(row[0]) or not _FEN.fullmatch(row[1]):
            raise LegacyFileRefused("no card and balance", line=number)
        yield f"0{row[0]}", int(row[1])


def _rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    try:
        number = 0
        while line := lines.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                raise LegacyFileRefused("a line is too long", line=number)
            yield number, next(csv.reader([line], strict=True), [])
        if number == 0:
            raise LegacyFileRefused("empty", line=0)
    except UnicodeDecodeError as wrong:
        raise LegacyFileRefused("not UTF-8") from wrong
    except csv.Error as wrong:
        raise LegacyFileRefused("not CSV") from wrong
    finally:
        lines.detach()
