"""A bank that keeps a pool's account: it books lines and prints each day in its own form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.identifiers import outside_id
from gateway.sandbox.partner_banks.statement_forms import FORMS, DayStatement, Line
from reserve_funds.custody.bank.models import CustodyAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One line to come: `fen` is positive for money in. `key` finds its entry again."""

    fen: int
    remark: str
    key: str = ""
    our_no: str = ""
    other_no: str = ""
    reversal: bool = False


@dataclass(slots=True, kw_only=True)
class Bank:
    """One account at its bank: balance, number of statements, and where each line went."""

    account: CustodyAccount
    balance_fen: int = 0
    told: int = 0

    def printed(self, day: date, words: Sequence[Word]) -> tuple[bytes, dict[str, UUID]]:
        """The day's statement, and the entry of every line that has a key; the day is over."""
        content, entries, self.balance_fen = self._statement(day, words)
        self.told += 1
        return content, entries

    def draft(self, day: date, words: Sequence[Word]) -> bytes:
        """The same statement with other lines, as the bank told it by mistake; nothing is over."""
        return self._statement(day, words)[0]

    def _statement(self, day: date, words: Sequence[Word]) -> tuple[bytes, dict[str, UUID], int]:
        balance = self.balance_fen
        lines: list[Line] = []
        entries: dict[str, UUID] = {}
        for word in words:
            balance += word.fen
            serial = f"{day:%y%m%d}{len(lines) + 1:04d}"
            lines.append(
                Line(
                    serial=serial,
                    side="in" if word.fen > 0 else "out",
                    amount_fen=abs(word.fen),
                    balance_fen=balance,
                    reversal=word.reversal,
                    our_no=word.our_no,
                    other_no=word.other_no,
                    other_name="",
                    summary="",
                    remark=word.remark,
                )
            )
            if word.key:
                source = f"bank:{self.account.account_no}"
                entries[word.key] = outside_id(source, day, serial)
        statement = DayStatement(
            account_no=self.account.account_no,
            number=self.told + 1,
            day=day.isoformat(),
            opening_fen=self.balance_fen,
            closing_fen=balance,
            lines=tuple(lines),
        )
        return FORMS[self.account.form][1](statement), entries, balance
