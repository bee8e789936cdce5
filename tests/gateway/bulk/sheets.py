"""Lists as enterprises bring them, and as somebody brings them who means no good."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

HEADING = ("工号", "卡号", "金额（元）")
Cells = Sequence[Any]


def workbook(rows: Sequence[Cells], heading: Cells = HEADING, **kinds: Any) -> bytes:
    """An .xlsx with a heading and these rows; a str that begins with = is a formula."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **kinds}) as book:
        sheet = book.add_worksheet("名单")
        for at, row in enumerate([heading, *rows]):
            for column, cell in enumerate(row):
                sheet.write(at, column, cell)
    return made.getvalue()


def text(rows: Sequence[Cells], heading: Cells = HEADING, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(",".join(map(str, row)) for row in [heading, *rows]).encode(encoding)


def spoiled(content: bytes, more: dict[str, bytes]) -> bytes:
    """The same archive with these parts in it, replaced or added."""
    source, made = ZipFile(io.BytesIO(content)), io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name in source.namelist():
            if name not in more:
                archive.writestr(name, source.read(name))
        for name, body in more.items():
            archive.writestr(name, body)
    return made.getvalue()
