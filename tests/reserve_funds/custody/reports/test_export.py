"""What is exported is data for every spreadsheet: no word of it is ever run."""

import csv
import io
from datetime import UTC, date, datetime
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from reserve_funds.custody.reports import export
from reserve_funds.custody.reports.values import Report, Table, count, fen, moment, text

AT = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
DAY = date(2026, 11, 22)
EVIL = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠A", " =1", "\u3000=1",
    "=cmd|' /C calc'!A0", "%0A=1", "|x", '=HYPERLINK("http://x","y")', "\n=1",
]  # fmt: skip


def report(rows, title="报表"):
    return Report(
        name="r", zh=title, en="report", pool=3301, first=DAY, last=DAY, known_at=AT,
        tables=(
            Table(
                name="t", zh="表", en="table",
                columns=(text("名", "name"), fen("金额", "amount"), count("数", "n"),
                         moment("时", "at")),
                rows=rows,
            ),
        ),
    )  # fmt: skip


def csv_rows(told):
    words = b"".join(export.as_csv(told)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(words, newline="")))


def sheets(told):
    file = io.BytesIO()
    export.write_xlsx(told, file)
    file.seek(0)
    return file


@pytest.mark.parametrize("words", EVIL)
def test_no_word_is_a_formula_in_either_form(words):
    row = csv_rows(report([(words, -150, 2, AT)]))[-1]
    assert row == [f"'{words}", "-1.50", "2", "2026-11-23T00:30:00+08:00"]
    file = sheets(report([(words, -150, 2, AT)]))
    with ZipFile(file) as kept:
        sheet = kept.read("xl/worksheets/sheet2.xml").decode()
    file.seek(0)
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(1).to_python()
    assert rows[1][1:3] == [-1.5, 2.0], "numbers are numbers"
    assert str(rows[1][0]).startswith("'")


@pytest.mark.parametrize("words", EVIL)
def test_titles_are_no_formulas_either(words):
    assert csv_rows(report([], title=words))[0][0].startswith("'")


@given(st.text(max_size=60), st.integers(-(10**15), 10**15))
def test_whatever_is_told_comes_out_as_harmless_text_and_exact_money(words, amount):
    told = b"".join(export.as_csv(report([(words, amount, 1, None)]))).decode("utf-8-sig")
    last = list(csv.reader(io.StringIO(told, newline="")))[-1]
    assert not last[0].lstrip(" \u3000").startswith(tuple("=+-@＝＋－＠\t\r\n"))
    whole, cents = last[1].lstrip("-").split(".")
    assert int(whole + cents) * (-1 if last[1].startswith("-") else 1) == amount


def test_rows_are_streamed():
    made = []

    def rows():
        for number in range(50_000):
            made.append(number)
            yield f"row {number}", number, number, None

    pieces = export.as_csv(report(rows()))
    for _ in range(20):
        next(pieces)
    assert len(made) < 30, "no more is read than was written"


def test_a_workbook_of_many_rows_is_whole():
    file = sheets(report((f"行 {number}", number, number, AT) for number in range(20_000)))
    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(1).to_python()
    assert len(rows) == 20_001
    assert sum(row[1] for row in rows[1:]) == pytest.approx(sum(range(20_000)) / 100)


def test_what_xml_cannot_hold_does_not_break_the_workbook():
    file = sheets(report([("a\x00b\x0b\ud800c", 1, 1, None)]))
    assert CalamineWorkbook.from_filelike(file).get_sheet_by_index(1).to_python()[1][0] == "a�b��c"
