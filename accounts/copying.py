"""Many rows into a table at once: PostgreSQL's COPY, fed in large pieces."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper

_BUFFER_CHARACTERS = 1 << 18


def copy_in(cursor: CursorWrapper, statement: str, rows: Iterable[str]) -> int:
    """Write rows, each in COPY's text form with its line's end; how many there were.

    `statement` is the whole COPY ... FROM STDIN. What takes rows from a query on the same
    connection while they are written would wait for ever.
    """
    count, size = 0, 0
    piece: list[str] = []
    with cursor.copy(statement) as copy:
        for text in rows:
            piece.append(text)
            size += len(text)
            count += 1
            if size > _BUFFER_CHARACTERS:
                copy.write("".join(piece))
                piece.clear()
                size = 0
        copy.write("".join(piece))
    return count
