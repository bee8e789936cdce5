"""Continuity: opening + lines = closing, and every balance the bank printed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reserve_funds.custody.errors import StatementDoesNotAdd
from reserve_funds.custody.statements.texts import unreadable
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Part, Side


def checked(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts, each opening followed by its lines and its closing, and all sums right.

    They are a statement only once the iterator has ended: StatementDoesNotAdd says at which line
    the bank contradicts itself, StatementUnreadable that a part is missing or out of place, or
    that a statement is there twice.
    """
    running: _Running | None = None
    whole, told = 0, set[tuple[object, ...]]()
    for part in parts:
        if isinstance(part, Opening):
            if running is not None:
                raise unreadable("a statement begins before the last one ended", running.line_no)
            named = (part.account_no, part.first_day, part.last_day, part.number)
            if named in told:
                raise unreadable("the same statement twice in one file", 0)
            told.add(named)
            running = _Running(opening=part, balance_fen=part.balance_fen)
        elif running is None:
            raise unreadable("a line outside of any statement", 0)
        elif isinstance(part, BankLine):
            running.add(part)
        else:
            running.close(part)
            running, whole = None, whole + 1
        yield part
    if running is not None:
        raise unreadable("the statement has no end", running.line_no)
    if not whole:
        raise unreadable("no statement in the file", 0)


@dataclass(slots=True, kw_only=True)
class _Running:
    opening: Opening
    balance_fen: int
    line_no: int = 0
    lines: int = 0
    in_fen: int = 0
    out_fen: int = 0

    def add(self, line: BankLine) -> None:
        self.line_no = line.line_no
        self.lines += 1
        self.balance_fen += line.signed_fen
        if line.side is Side.IN:
            self.in_fen += line.amount_fen
        else:
            self.out_fen += line.amount_fen
        if not self.opening.first_day <= line.booked_day <= self.opening.last_day:
            raise self._wrong("a line of another day", line.booked_day.isoformat())
        if line.balance_fen is not None and line.balance_fen != self.balance_fen:
            raise self._wrong("the balance after a line", line.balance_fen)

    def close(self, closing: Closing) -> None:
        for what, printed, counted in (
            ("the closing balance", closing.balance_fen, self.balance_fen),
            ("the number of lines", closing.lines, self.lines),
            ("the sum of credits", closing.in_fen, self.in_fen),
            ("the sum of debits", closing.out_fen, self.out_fen),
        ):
            if printed is not None and printed != counted:
                raise self._wrong(what, printed)

    def _wrong(self, what: str, printed: object) -> StatementDoesNotAdd:
        return StatementDoesNotAdd(
            what, line=self.line_no, printed=printed, counted_fen=self.balance_fen
        )
