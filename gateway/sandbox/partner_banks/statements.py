"""A bank's daily statements: made from its own book after midnight, laid out, or asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from gateway.sandbox.neighbours.bill_files import BillFiles
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of, seconds_of
from gateway.sandbox.partner_banks.accounts import Accounts, KnownAccount, serial_of
from gateway.sandbox.partner_banks.bills import FILE_PATHS
from gateway.sandbox.partner_banks.speech import KnownMerchant, Speech, Words, refused
from gateway.sandbox.partner_banks.statement_forms import FORMS, DayStatement, Line

MADE_AFTER_SECONDS = 3600.0
MARK = ".ok"
_HALF_WAY_SECONDS, _LATE_SECONDS = 60.0, 2 * 86_400.0


class Statements:
    """Every account's statement of every day that is over. An errand of its bank.

    A file lies in the outbox under `ACCOUNT_DAY.ENDING`, then its mark beside it: the file's name
    with `.ok`. What a switch spoils stays spoilt until the statement is made again.
    """

    def __init__(
        self, book: Book, faults: Faults, accounts: Accounts, files: BillFiles, speech: Speech
    ) -> None:
        self._book = book
        self._faults = faults
        self._accounts = accounts
        self._files = files
        self._speech = speech

    def link(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        """account_no, bill_day, bill_url, bill_hash."""
        account = self._accounts.of(merchant.merchant_no, str(heard.get("account_no", "")))
        day = str(heard.get("bill_day", ""))
        if not account.first_day <= day < day_of(self._book.now()):
            raise refused("bill_empty", "当日无对账单")
        if self._made_at(day) > self._book.now() or self._faults.take("statement_late"):
            raise refused("bill_creating", "对账单生成中")
        content = self._content(account, day)
        token = self._files.keep(merchant.merchant_no, day, content)
        return {
            "merchant_no": merchant.merchant_no,
            "account_no": account.account_no,
            "bill_day": day,
            "bill_url": f"{base_url}{FILE_PATHS[self._speech.channel]}{token}",
            "bill_hash": self._speech.hash_of(content),
        }

    def again(self, account_no: str, day: str) -> str:
        """Make a statement anew and lay it out now; its file's name."""
        account = self._accounts.all()[account_no]
        with self._book.change():
            self._book.do("DELETE FROM statement WHERE account_no = ? AND day = ?", account_no, day)
            self._make(account, day)
        row = self._book.row(
            "SELECT name FROM statement WHERE account_no = ? AND day = ?", account_no, day
        )
        assert row is not None
        return str(row["name"])

    def do_due(self) -> int:
        """Lay out what is due and finish what lies half way; how many were."""
        now = self._book.now()
        done = 0
        with self._book.change():
            for account, day in list(self._unmade()):
                if self._made_at(day) <= now:
                    self._make(account, day)
                    done += 1
            for row in self._book.rows("SELECT * FROM statement WHERE finish_at <= ?", now):
                self._finish(self._accounts.all()[row["account_no"]], row["day"], row["name"])
                done += 1
        return done

    def next_due(self) -> float | None:
        """When the next statement is made or finished."""
        row = self._book.row("SELECT min(finish_at) AS at FROM statement")
        moments = [self._made_at(day) for _, day in self._unmade(coming=True)]
        if row and row["at"] is not None:
            moments.append(row["at"])
        return min(moments, default=None)

    def _unmade(self, *, coming: bool = False) -> Iterator[tuple[KnownAccount, str]]:
        """Accounts and days without a statement; with `coming`, today's too."""
        today = date.fromisoformat(day_of(self._book.now()))
        end = today + timedelta(days=1) if coming else today
        made = {
            (row["account_no"], row["day"])
            for row in self._book.rows("SELECT account_no, day FROM statement")
        }
        for account in self._accounts.all().values():
            if account.outbox is None or not account.by_itself:
                continue
            day = date.fromisoformat(account.first_day)
            while day < end:
                if (account.account_no, day.isoformat()) not in made:
                    yield account, day.isoformat()
                day += timedelta(days=1)

    def _make(self, account: KnownAccount, day: str) -> None:
        """Lay the day's file out, as switches say; write down that it was."""
        now = self._book.now()
        ending, _ = FORMS[account.form]
        name = f"{account.account_no}_{day.replace('-', '')}.{ending}"
        late = self._faults.take("statement_late")
        half = None if late else self._faults.take("statement_half_way")
        finish_at = None
        if late:
            finish_at = now + float(late.get("seconds", _LATE_SECONDS))
        elif half:
            finish_at = now + float(half.get("seconds", _HALF_WAY_SECONDS))
        if self._faults.take("statement_renamed"):
            name = f"RE_{day}_{account.account_no[-6:]}.{ending}.bak"
        with self._book.change():
            self._book.do(
                "INSERT INTO statement VALUES (?, ?, ?, ?)",
                account.account_no,
                day,
                name,
                finish_at,
            )
        if half and account.outbox:
            content = self._content(account, day, spoil=False)
            _lay(account.outbox, name, content[: len(content) // 2])
        elif not late:
            self._finish(account, day, name)

    def _finish(self, account: KnownAccount, day: str, name: str) -> None:
        content = self._content(account, day)
        if account.outbox is not None:
            _lay(account.outbox, name, content)
            _lay(account.outbox, f"{name}{MARK}", b"")
        self._book.do(
            "UPDATE statement SET finish_at = NULL WHERE account_no = ? AND day = ?",
            account.account_no,
            day,
        )

    def _content(self, account: KnownAccount, day: str, *, spoil: bool = True) -> bytes:
        told = self.told(account, day)
        if spoil:
            told = self._spoilt(told)
        content = FORMS[account.form][1](told)
        if spoil and self._faults.take("statement_corrupt"):
            return content[: len(content) // 2]
        return content

    def _spoilt(self, told: DayStatement) -> DayStatement:
        if told.lines and self._faults.take("statement_line_dropped"):
            told = replace(told, lines=told.lines[1:])
        if told.lines and self._faults.take("statement_line_doubled"):
            told = replace(told, lines=(told.lines[0], *told.lines))
        if self._faults.take("statement_wrong_balance"):
            told = replace(told, closing_fen=told.closing_fen + 1)
        return told

    def told(self, account: KnownAccount, day: str) -> DayStatement:
        """The day as the bank's book has it."""
        opening = balance = self._accounts.balance_fen(account.account_no, before_day=day)
        lines = []
        for row in self._accounts.entries(account.account_no, day):
            balance += row["amount_fen"] if row["side"] == "in" else -row["amount_fen"]
            lines.append(
                Line(
                    serial=serial_of(row["day"], row["seq"]),
                    side=row["side"],
                    amount_fen=row["amount_fen"],
                    balance_fen=balance,
                    reversal=bool(row["reversal"]),
                    our_no=row["our_no"],
                    other_no=row["other_no"],
                    other_name=row["other_name"],
                    summary=row["summary"],
                    remark=row["remark"],
                )
            )
        first = date.fromisoformat(account.first_day)
        return DayStatement(
            account_no=account.account_no,
            number=(date.fromisoformat(day) - first).days + 1,
            day=day,
            opening_fen=opening,
            closing_fen=balance,
            lines=tuple(lines),
        )

    def _made_at(self, day: str) -> float:
        return seconds_of(f"{day} 00:00:00") + 86_400.0 + MADE_AFTER_SECONDS


def _lay(outbox: Path, name: str, content: bytes) -> None:
    """A file for whoever may log in, whatever umask this process was given."""
    outbox.mkdir(mode=0o755, parents=True, exist_ok=True)
    file = outbox / name
    file.write_bytes(content)
    file.chmod(0o644)
