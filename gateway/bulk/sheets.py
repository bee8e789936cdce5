"""Reads the rows of an .xlsx or a .csv that somebody brings, and believes nothing of it.

An archive is looked through before it is opened as a workbook: how much it unpacks to is counted
and not believed, and whatever could run, reach outside or declare entities refuses the whole file.
"""

from __future__ import annotations

import csv
import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from io import TextIOWrapper
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from gateway.bulk.list_errors import (
    ListHasFormulas,
    ListHasMacros,
    ListOfOldFormat,
    ListReachesOutside,
    ListRefused,
    ListTextUnreadable,
    ListUnpacksTooLarge,
)

MOST_BYTES: Final = 5 << 20
MOST_UNPACKED: Final = 32 << 20
MOST_PARTS: Final = 400
MOST_COLUMNS: Final = 24
_LONGEST_CELL: Final = 200
_EXACT_BELOW: Final = 10**15
_CHUNK: Final = 1 << 16
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']{1,40})["']""")
_MACROS = re.compile(r"vbaproject|macrosheets|dialogsheets|macroenabled", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"externallinks|embeddings|activex|connections\.xml|querytables|ctrlprops|webextensions",
    re.IGNORECASE,
)
_BROKEN: Final = (
    BadZipFile, InvalidFileException, ParseError, zlib.error, EOFError, OSError, KeyError,
    ValueError, TypeError, AttributeError, IndexError, NotImplementedError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it stands in the file; empty ones are not told. Lines count from 1."""

    line_no: int
    cells: tuple[str, ...]


def read(file: BinaryIO) -> Iterator[Row]:
    """The rows of the first sheet, one by one. ListRefused and its kin, also half way through.

    A number too long to be exact in a sheet is told with its exponent, as the sheet itself would.
    """
    begins = file.read(8)
    file.seek(0)
    if begins.startswith(_ZIP):
        refuse_hostile(file)
        file.seek(0)
        return _of_workbook(file)
    if begins == _OLE:
        raise ListOfOldFormat
    return _of_text(file)


def refuse_hostile(file: BinaryIO) -> None:
    """Look through an archive without opening it as a workbook. ListRefused and its kin."""
    left = MOST_UNPACKED
    try:
        with ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise ListUnpacksTooLarge(parts=len(parts))
            if len({part.filename for part in parts}) < len(parts):
                raise ListRefused("a part is there twice")
            for part in parts:
                _refuse_name(part)
            if sum(part.file_size for part in parts) > left:
                raise ListUnpacksTooLarge
            for part in parts:
                left = _looked_through(archive, part, left)
    except _BROKEN as error:
        raise ListRefused(str(type(error).__name__)) from error


def _refuse_name(part: ZipInfo) -> None:
    if part.flag_bits & 0x1:
        raise ListOfOldFormat("a part is encrypted")
    if _MACROS.search(part.filename):
        raise ListHasMacros
    if _OUTSIDE.search(part.filename):
        raise ListReachesOutside


def _looked_through(archive: ZipFile, part: ZipInfo, left: int) -> int:
    """How much may still be unpacked after this part."""
    is_text = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    before = b""
    with archive.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ListUnpacksTooLarge
            if is_text:
                if not before:
                    _refuse_encoding(chunk)
                _refuse_words(before + chunk, part.filename)
                before = chunk[-64:]
    return left


def _refuse_encoding(first: bytes) -> None:
    """Only UTF-8 is read: in any other the words that are looked for would look otherwise."""
    said = _ENCODING.search(first[:200])
    if first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in first[:200]:
        raise ListReachesOutside("a part is in UTF-16")
    if said is not None and said[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise ListReachesOutside("a part is in another encoding")


def _refuse_words(text: bytes, name: str) -> None:
    if _DECLARES.search(text):
        raise ListReachesOutside("a part declares entities")
    if name == "[Content_Types].xml" and _MACROS.search(text.decode("utf-8", "replace")):
        raise ListHasMacros


def _of_workbook(file: BinaryIO) -> Iterator[Row]:
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=MOST_COLUMNS)
        for line_no, cells in enumerate(rows, start=1):
            told = tuple(_told(cell, line_no) for cell in cells)
            if any(told):
                yield Row(line_no=line_no, cells=told)
    except _BROKEN as error:
        raise ListRefused(str(type(error).__name__)) from error


def _told(cell: Any, line_no: int) -> str:
    value = cell.value
    if cell.data_type == "f":
        raise ListHasFormulas(line=line_no)
    if value is None:
        return ""
    if isinstance(value, bool | datetime | date | time):
        return str(value)[:_LONGEST_CELL]
    if isinstance(value, int | float):
        return _number(value)
    return str(value).strip()[:_LONGEST_CELL]


def _number(value: float) -> str:
    if abs(value) >= _EXACT_BELOW:
        return f"{value:.14e}"
    return str(int(value)) if value == int(value) else repr(value)


def _of_text(file: BinaryIO) -> Iterator[Row]:
    encoding = _encoding_of(file)
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = text.readline()
        delimiter = max(",\t;", key=first.count)
        text.seek(0)
        for cells in (rows := csv.reader(text, delimiter=delimiter)):
            told = tuple(cell.strip()[:_LONGEST_CELL] for cell in cells[:MOST_COLUMNS])
            if any(told):
                yield Row(line_no=rows.line_num, cells=told)
    except csv.Error as error:
        raise ListRefused(str(error)) from error
    finally:
        text.detach()


def _encoding_of(file: BinaryIO) -> str:
    """UTF-8 when all of it is, else GBK (as GB 18030) when all of it is that."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = getincrementaldecoder(encoding)(errors="strict")
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                if "\x00" in decoder.decode(chunk):
                    raise ListTextUnreadable
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise ListTextUnreadable
