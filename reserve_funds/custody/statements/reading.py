"""The door to every form of bank statement: bytes in, one checked canonical stream out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from reserve_funds.custody.statements import camt053, checking, form, mt940, table
from reserve_funds.custody.statements.texts import unreadable
from reserve_funds.custody.statements.values import Part

SWIFT = "mt940"
ISO20022 = "camt053"
LARGEST_BYTES = {ISO20022: 20 << 20, SWIFT: 20 << 20}
LARGEST_TABLE_BYTES = 512 << 20


def forms() -> tuple[str, ...]:
    """The name of every form that can be read."""
    return (ISO20022, SWIFT, *form.names())


def check_form(name: str) -> None:
    """StatementFormUnknown unless statements of this form can be read."""
    if name not in (ISO20022, SWIFT):
        form.by_name(name)


def read(stream: BinaryIO, form_name: str) -> Iterator[Part]:
    """Openings, lines and closings in the order of the file, each statement whole and adding up.

    They are a statement only once the iterator has ended. StatementFormUnknown;
    StatementUnreadable and StatementDoesNotAdd name the place, and then nothing of the file counts.
    """
    most_bytes = LARGEST_BYTES.get(form_name, LARGEST_TABLE_BYTES)
    bounded = cast(BinaryIO, _Bounded(stream, most_bytes))
    if form_name == ISO20022:
        return checking.checked(camt053.read(bounded))
    if form_name == SWIFT:
        return checking.checked(mt940.read(bounded))
    return checking.checked(table.read(bounded, form.by_name(form_name)))


class _Bounded(io.BufferedIOBase):
    """A stream that ends with a refusal when it is longer than a statement can be."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream = stream
        self._left = most_bytes

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, counted."""
        return self._counted(self._stream.read(-1 if size is None else size))

    def readline(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        """The next line, counted."""
        return self._counted(self._stream.readline(-1 if size is None else size))

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise unreadable("larger than a statement of this form can be", 0)
        return data
