"""Statements that come as tables, CSV or fixed-width records, read as their form says."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import BinaryIO

from reserve_funds.custody.statements.form import Form
from reserve_funds.custody.statements.texts import day_of, fen_of, only_cny, plain, unreadable
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Part, Side

LONGEST_LINE_BYTES = 8_000
# What a spreadsheet would run; an amount may well begin with a sign.
_FORMULA = re.compile(r"[=@＝＠]|[-+－＋].*[|!(]", re.DOTALL)


def read(stream: BinaryIO, form: Form) -> Iterator[Part]:
    """The statements of one file in this form, unchecked. StatementUnreadable."""
    rows = _csv_rows(stream, form) if form.shape == "csv" else _records(stream, form)
    number = 0
    for part, line_no, cells in rows:
        if part == "head":
            number = 0
            yield _opening(cells, form, line_no)
        elif part == "tail":
            yield _closing(cells, form, line_no)
        else:
            number += 1
            yield _line(cells, form, number, line_no)


Row = tuple[str, int, Mapping[str, str]]


def _csv_rows(stream: BinaryIO, form: Form) -> Iterator[Row]:
    """Labelled lines, then the heading, then the table, then labelled lines again."""
    head: dict[str, str] = {}
    tail: dict[str, str] = {}
    fields: list[str] = []
    began = last = 0
    for line_no, cells in _cells(stream, form):
        last = line_no
        if not any(cells):
            continue
        label = cells[0].rstrip(":：")
        if not fields and label in form.head:
            _put(head, form.head[label], cells, line_no)
            began = began or line_no
        elif not fields:
            fields = _headings(cells, form, line_no)
            yield "head", began, head
        elif label in form.tail:
            _put(tail, form.tail[label], cells, line_no)
        elif tail:
            raise unreadable("a line after the table's end", line_no, cells[0])
        elif len(cells) != len(fields):
            raise unreadable("a row that is shorter or longer than the heading", line_no, cells[0])
        else:
            yield "line", line_no, dict(zip(fields, cells, strict=True))
    if fields:
        yield "tail", last, tail


def _put(into: dict[str, str], field: str, cells: list[str], line_no: int) -> None:
    if field in into or len(cells) < 2 or any(cells[2:]):
        raise unreadable("a label told twice, or without its one value", line_no, cells[0])
    into[field] = cells[1]


def _headings(cells: list[str], form: Form, line_no: int) -> list[str]:
    unknown = [cell for cell in cells if cell not in form.columns]
    missing = [name for name in form.columns if name not in cells]
    if unknown or missing or len(set(cells)) != len(cells):
        told = f"columns: new {unknown[:3]}, missing {missing[:3]}"
        raise unreadable(f"the columns are not this form's; {told}", line_no)
    return [form.columns[cell] for cell in cells]


def _cells(stream: BinaryIO, form: Form) -> Iterator[tuple[int, list[str]]]:
    lines = (text for _, text in _lines(stream, form.encoding))
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    try:
        for cells in reader:
            bare = [cell.strip().removeprefix("`").strip() for cell in cells]
            if any(_FORMULA.match(cell) for cell in bare):
                raise unreadable("a formula instead of a text", reader.line_num)
            yield reader.line_num, bare
    except csv.Error as wrong:
        raise unreadable(f"not CSV: {wrong}", reader.line_num) from wrong


def _records(stream: BinaryIO, form: Form) -> Iterator[Row]:
    parts = {mark: part for part, mark in form.records.items()}
    layouts = {"head": form.head, "line": form.columns, "tail": form.tail}
    for line_no, raw in _raw_lines(stream):
        if not raw:
            continue
        part = next((parts[mark] for mark in parts if raw.startswith(mark.encode("ascii"))), None)
        if part is None:
            raise unreadable("a record of no known kind", line_no)
        if len(raw) != form.width:
            raise unreadable(f"a record of {len(raw)} bytes instead of {form.width}", line_no)
        yield (
            part,
            line_no,
            {
                field: _decoded(raw[first : first + width], form.encoding, line_no).strip()
                for field, (first, width) in layouts[part].items()
            },
        )


def _lines(stream: BinaryIO, encoding: str) -> Iterator[tuple[int, str]]:
    for line_no, raw in _raw_lines(stream):
        text = _decoded(raw, encoding, line_no)
        yield line_no, text.removeprefix("\ufeff") if line_no == 1 else text


def _raw_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    line_no = 0
    while raw := stream.readline(LONGEST_LINE_BYTES):
        line_no += 1
        if len(raw) == LONGEST_LINE_BYTES:
            raise unreadable("a line that does not end", line_no)
        yield line_no, raw.rstrip(b"\r\n")


def _decoded(raw: bytes, encoding: str, line_no: int) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise unreadable(f"not {encoding}", line_no) from wrong


def _opening(cells: Mapping[str, str], form: Form, line_no: int) -> Opening:
    for needed in ("account_no", "first_day", "opening"):
        if not cells.get(needed):
            raise unreadable(f"the statement does not tell its {needed}", line_no)
    first_day = day_of(cells["first_day"], line=line_no)
    return Opening(
        account_no=plain(cells["account_no"], line=line_no),
        currency=only_cny(cells.get("currency") or "CNY", line=line_no),
        number=plain(cells.get("number"), line=line_no),
        first_day=first_day,
        last_day=day_of(cells["last_day"], line=line_no) if cells.get("last_day") else first_day,
        balance_fen=fen_of(cells["opening"], line=line_no, minor_units=form.minor_units),
    )


def _closing(cells: Mapping[str, str], form: Form, line_no: int) -> Closing:
    def amount(field: str) -> int | None:
        text = cells.get(field)
        return fen_of(text, line=line_no, minor_units=form.minor_units) if text else None

    balance_fen = amount("closing")
    if balance_fen is None:
        raise unreadable("the statement does not tell its closing balance", line_no)
    return Closing(
        balance_fen=balance_fen,
        lines=fen_of(cells["lines"], line=line_no, minor_units=True)
        if cells.get("lines")
        else None,
        in_fen=amount("in_sum"),
        out_fen=amount("out_sum"),
    )


def _line(cells: Mapping[str, str], form: Form, number: int, line_no: int) -> BankLine:
    side, signed_fen = _movement(cells, form, line_no)
    booked_day = _day(cells["booked_day"], line_no)
    balance = cells.get("balance")
    return BankLine(
        line_no=number,
        bank_no=plain(cells["bank_no"], line=line_no),
        booked_day=booked_day,
        value_day=_day(cells["value_day"], line_no) if cells.get("value_day") else booked_day,
        side=side if signed_fen > 0 else Side.OUT if side is Side.IN else Side.IN,
        amount_fen=abs(signed_fen),
        reversal=signed_fen < 0,
        balance_fen=fen_of(balance, line=line_no, minor_units=form.minor_units)
        if balance
        else None,
        our_no=plain(cells.get("our_no"), line=line_no),
        counterparty_no=plain(cells.get("counterparty_no"), line=line_no),
        counterparty_name=plain(cells.get("counterparty_name"), line=line_no),
        summary=plain(cells.get("summary"), line=line_no),
        remark=plain(cells.get("remark"), line=line_no),
        kind=plain(cells.get("kind"), line=line_no),
    )


def _movement(cells: Mapping[str, str], form: Form, line_no: int) -> tuple[Side, int]:
    """The side a line is printed on and its amount; a negative one (红字) takes back."""
    told = [
        (side, text)
        for side, text in (
            (Side.IN, cells.get("in_amount")),
            (Side.OUT, cells.get("out_amount")),
            (_side(cells, form, line_no), cells.get("amount")),
        )
        if side is not None and text
    ]
    amounts = [
        (side, fen)
        for side, text in told
        if (fen := fen_of(text, line=line_no, minor_units=form.minor_units))
    ]
    if len(amounts) != 1:
        raise unreadable("a line with no amount, or with two", line_no)
    return amounts[0]


def _side(cells: Mapping[str, str], form: Form, line_no: int) -> Side | None:
    if "side" not in cells:
        return None
    word = form.sides.get(cells["side"])
    if word is None:
        raise unreadable("neither a debit nor a credit", line_no, cells["side"])
    return Side(word)


def _day(text: str, line_no: int) -> date:
    """A day, with or without a time of day after it."""
    return day_of(text.strip().split(" ")[0], line=line_no)
