"""A bank that keeps an account of ours: it books lines, and prints them as statements."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta

from reserve_funds.custody.bank import booking, taking
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount
from reserve_funds.custody.statements.values import BankLine, Opening, Side
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.conftest import OFFICER
from tests.reserve_funds.custody.bank.officers import moment
from tests.reserve_funds.custody.statements.printers import Told, camt053

TOMORROW = DAY + timedelta(days=1)


@dataclass
class Bank:
    """Lines of the day that is told next; `tell` prints them and takes the statement."""

    account: CustodyAccount
    balance_fen: int = 0
    day: object = TOMORROW
    lines: list = field(default_factory=list)
    told: int = 0

    def line(self, fen, **words):
        """One line: positive is in. It has its own number."""
        number = len(self.lines) + 1
        base = {
            "line_no": number,
            "bank_no": f"{self.day:%m%d}{self.told:02d}{number:05d}",
            "booked_day": self.day,
            "value_day": self.day,
            "side": Side.IN if fen > 0 else Side.OUT,
            "amount_fen": abs(fen),
            "kind": "TRF",
        }
        self.lines.append(BankLine(**(base | words)))
        return self

    def of(self, instruction, fen=None, **words):
        """A line about an instruction of ours: it left, or came back."""
        amount = -instruction.amount_fen if fen is None else fen
        named = {"our_no": instruction.number, "counterparty_no": instruction.payee_no}
        return self.line(amount, **(named | words))

    def printed(self, number=None):
        opening = Opening(
            account_no=self.account.account_no,
            currency="CNY",
            number=str(number or self.told + 1),
            first_day=self.day,
            last_day=self.day,
            balance_fen=self.balance_fen,
        )
        return Told(opening=opening, lines=tuple(self.lines))

    def tell(self):
        """The statement is taken; the entries as stored, in the order they were told."""
        told = self.printed()
        take(camt053(told))
        numbers = [line.bank_no for line in self.lines]
        self.balance_fen, self.lines, self.told = told.closing_fen, [], self.told + 1
        self.day += timedelta(days=1)
        rows = BankEntry.objects.filter(account=self.account, entry_no__in=numbers)
        return list(rows.order_by("line_no"))

    def book(self):
        """Told and booked: the readings in the order of the lines."""
        entries = self.tell()
        booking.book(self.account, now=moment())
        return [entry.reading for entry in BankEntry.objects.filter(
            pk__in=[entry.pk for entry in entries]).order_by("line_no")]  # fmt: skip


def take(content):
    return taking.take(
        io.BytesIO(content), form="camt053", name="statement.xml", source="sftp", actor=OFFICER,
        pools=None, now=moment(),
    )  # fmt: skip
