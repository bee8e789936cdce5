"""A bank's accounts of its customers: entries of its own book, balances from nothing else."""

import json
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.moments import day_of
from gateway.sandbox.partner_banks.speech import refused

IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    """An account as accounts.json names it. Its statements come in `form` from `first_day` on.

    `by_itself`: laid out each night; else only when the control plane asks for one.
    """

    account_no: str
    merchant_no: str
    name: str
    form: str
    first_day: str
    opening_fen: int
    outbox: Path | None
    by_itself: bool


class Accounts:
    """{"outbox": DIR, "accounts": {number: entry}} as a file, and what was booked on each."""

    def __init__(self, book: Book, path: Path) -> None:
        self._book = book
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._known: dict[str, KnownAccount] = {}

    def all(self) -> dict[str, KnownAccount]:
        """Every account by number, read again whenever the file changes."""
        with self._lock:
            self._refresh()
            return self._known

    def of(self, merchant_no: str, account_no: str) -> KnownAccount:
        """The account when it is this customer's, else a refusal."""
        account = self.all().get(account_no)
        if account is None or account.merchant_no != merchant_no:
            raise refused("account_unknown", "账户不存在或不属于该客户")
        return account

    def balance_fen(self, account_no: str, *, before_day: str | None = None) -> int:
        """What stands on the account now, or stood before a day began."""
        row = self._book.row(
            "SELECT coalesce(sum(CASE side WHEN 'in' THEN amount_fen ELSE -amount_fen END), 0) AS s"
            " FROM account_entry WHERE account_no = ? AND (? IS NULL OR day < ?)",
            account_no,
            before_day,
            before_day,
        )
        assert row is not None
        return self.all()[account_no].opening_fen + int(row["s"])

    def entries(self, account_no: str, day: str | None = None) -> list[sqlite3.Row]:
        """The account's entries in their order, of one day or of all."""
        return list(
            self._book.rows(
                "SELECT * FROM account_entry WHERE account_no = ? AND (? IS NULL OR day = ?)"
                " ORDER BY seq",
                account_no,
                day,
                day,
            )
        )

    def enter(self, account_no: str, side: str, amount_fen: int, **told: Any) -> str:
        """Book one entry at the book's time; its serial number."""
        if side not in (IN, OUT) or type(amount_fen) is not int or amount_fen <= 0:
            raise ValueError("an entry is in or out and positive")
        if account_no not in self.all():
            raise KeyError(account_no)
        now = self._book.now()
        day = day_of(now)
        words = {
            name: str(told.get(name) or "")
            for name in ("our_no", "other_no", "other_name", "summary", "remark")
        }
        with self._book.change():
            seq = self._book.add(
                "INSERT INTO account_entry (account_no, day, at, side, amount_fen, reversal,"
                " our_no, other_no, other_name, summary, remark)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                account_no,
                day,
                now,
                side,
                amount_fen,
                int(bool(told.get("reversal"))),
                *words.values(),
            )
        return serial_of(day, seq)

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen == self._seen:
            return
        told = json.loads(self._path.read_text(encoding="utf-8"))
        outbox = Path(told["outbox"]) if told.get("outbox") else None
        self._known = {
            number: KnownAccount(
                account_no=number,
                merchant_no=entry["merchant_no"],
                name=entry["name"],
                form=entry["form"],
                first_day=entry["first_day"],
                opening_fen=entry.get("opening_fen", 0),
                outbox=outbox if entry.get("by_sftp", True) else None,
                by_itself=entry.get("by_itself", True),
            )
            for number, entry in told["accounts"].items()
        }
        self._seen = seen


def serial_of(day: str, seq: int) -> str:
    """The bank's serial number of an entry."""
    return f"{day.replace('-', '')}{seq:08d}"
