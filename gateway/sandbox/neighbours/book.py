"""A neighbour's own book, in one file that survives kill -9."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS signing_key (
  key_id TEXT PRIMARY KEY, style TEXT NOT NULL, private_pem BLOB NOT NULL,
  public_pem BLOB NOT NULL, made_at REAL NOT NULL, retired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS fault (
  name TEXT PRIMARY KEY, times INTEGER NOT NULL, options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notice (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, notice_no TEXT NOT NULL UNIQUE,
  merchant_no TEXT NOT NULL, url TEXT NOT NULL, event TEXT NOT NULL, order_no TEXT NOT NULL,
  refund_no TEXT, plain TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'parked', 'accepted', 'given_up', 'lost')),
  last_answer TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS bill_file (
  token TEXT PRIMARY KEY, merchant_no TEXT NOT NULL, day TEXT NOT NULL, content BLOB NOT NULL,
  until REAL NOT NULL);
"""


class Book:
    """One connection, one lock; every change is a transaction that is on disk when it returns.

    `tables` are the CREATE TABLE IF NOT EXISTS of what only this neighbour keeps.
    """

    def __init__(self, path: Path, tables: str = "") -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA + tables)
        self._offset = float(self.setting("clock_offset", "0"))

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything inside happens at once or not at all; may be nested."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def do(self, sql: str, *values: Any) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def add(self, sql: str, *values: Any) -> int:
        """Run one INSERT; the new row's number."""
        with self._lock:
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def rows(self, sql: str, *values: Any) -> Sequence[sqlite3.Row]:
        """Every row of a question."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a question."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def setting(self, name: str, default: str) -> str:
        """A stored setting."""
        found = self.row("SELECT value FROM setting WHERE name = ?", name)
        return str(found["value"]) if found else default

    def set(self, name: str, value: str) -> None:
        """Store a setting."""
        self.do("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)

    def now(self) -> float:
        """The book's time: the real time, moved forward by `advance`."""
        return time.time() + self._offset

    def move_clock(self, seconds: float) -> None:
        """Move the book's time forward."""
        with self.change():
            self._offset += seconds
            self.set("clock_offset", repr(self._offset))
