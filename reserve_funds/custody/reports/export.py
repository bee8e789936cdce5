"""Reports as CSV and XLSX, row by row, so that no spreadsheet takes a word for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter

from reserve_funds.custody.reports.values import Cell, Report, Sort, Table

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_LOOKS_LIKE_A_FORMULA = tuple("=+-@＝＋－＠\t\r\n|%")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST_CELL = 32_767
_LONGEST_SHEET_NAME = 31
_MOST_ROWS = 1_048_000
_YUAN = "#,##0.00"


def as_csv(report: Report) -> Iterator[bytes]:
    """The report as UTF-8 CSV with a mark, in pieces; amounts in yuan with two decimals.

    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    yield b"\xef\xbb\xbf"
    for line in _head(report):
        yield _csv_line(line)
    for table in report.tables:
        yield _csv_line([])
        yield _csv_line([harmless(f"{table.zh} {table.en}")])
        yield _csv_line([harmless(f"{column.zh} {column.en}") for column in table.columns])
        for row in table.rows:
            yield _csv_line([_written(cell, sort) for cell, sort in _typed(table, row)])


def write_xlsx(report: Report, file: BinaryIO) -> None:
    """The report as a workbook: a sheet a table, numbers as numbers, text always as text.

    Rows go to disk as they come; a table longer than a sheet goes on in a next one.
    """
    workbook = xlsxwriter.Workbook(file, {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd",
    })  # fmt: skip
    yuan = workbook.add_format({"num_format": _YUAN})
    bold = workbook.add_format({"bold": True})
    first = workbook.add_worksheet("报表 report")
    for nth, line in enumerate(_head(report)):
        for at, cell in enumerate(line):
            first.write_string(nth, at, cell)
    for number, table in enumerate(report.tables, start=1):
        _write_table(workbook, table, number, yuan, bold)
    workbook.close()


def harmless(words: str) -> str:
    """The same words, that no spreadsheet runs: `'` before what begins like a formula."""
    words = _NOT_IN_XML.sub("�", words)[:_LONGEST_CELL]
    return f"'{words}" if words.lstrip(" \u3000").startswith(_LOOKS_LIKE_A_FORMULA) else words


def yuan_text(amount_fen: int) -> str:
    """123456 -> 1234.56, whole digits only."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def _head(report: Report) -> list[list[str]]:
    return [
        [harmless(f"{report.zh} {report.en}")],
        ["备付金专户 pool", str(report.pool)],
        ["营业日 business days", report.first.isoformat(), report.last.isoformat()],
        ["截至所知 as known at", report.known_at.astimezone(_SHANGHAI).isoformat()],
    ]


def _typed(table: Table, row: tuple[Cell, ...]) -> list[tuple[Cell, Sort]]:
    return [(cell, column.sort) for cell, column in zip(row, table.columns, strict=True)]


def _written(cell: Cell, sort: Sort) -> str:
    if cell is None:
        return ""
    if sort is Sort.FEN:
        assert isinstance(cell, int)
        return yuan_text(cell)
    if sort is Sort.COUNT:
        assert isinstance(cell, int)
        return str(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(_SHANGHAI).isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return harmless(str(cell))


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


def _write_table(
    workbook: xlsxwriter.Workbook, table: Table, number: int, yuan: object, bold: object
) -> None:
    name = _SHEET_NAME.sub(" ", f"{number} {table.zh}")[:_LONGEST_SHEET_NAME]
    sheet, part, at = _new_sheet(workbook, table, name, bold), 1, 1
    for row in table.rows:
        if at > _MOST_ROWS:
            part += 1
            sheet = _new_sheet(workbook, table, f"{name[:26]} ({part})", bold)
            at = 1
        for column, (cell, sort) in enumerate(_typed(table, row)):
            if cell is None:
                continue
            if sort is Sort.FEN:
                assert isinstance(cell, int)
                sheet.write_number(at, column, cell / 100, yuan)
            elif sort is Sort.COUNT:
                assert isinstance(cell, int)
                sheet.write_number(at, column, cell)
            else:
                sheet.write_string(at, column, _written(cell, sort))
        at += 1


def _new_sheet(
    workbook: xlsxwriter.Workbook, table: Table, name: str, bold: object
) -> xlsxwriter.workbook.Worksheet:
    sheet = workbook.add_worksheet(name)
    for at, column in enumerate(table.columns):
        sheet.write_string(0, at, harmless(f"{column.zh} {column.en}"), bold)
    sheet.freeze_panes(1, 0)
    return sheet
