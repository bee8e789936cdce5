"""Bills behind links that live for seconds of the book's time."""

import secrets

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults


class BillFiles:
    """Files waiting to be fetched; the switch bill_url_expired kills a link at once."""

    def __init__(self, book: Book, faults: Faults, *, seconds: float) -> None:
        self._book = book
        self._faults = faults
        self._seconds = seconds

    def keep(self, merchant_no: str, day: str, content: bytes) -> str:
        """Lay a file down; the token its link carries."""
        token = secrets.token_urlsafe(24)
        self._book.do(
            "INSERT INTO bill_file VALUES (?, ?, ?, ?, ?)",
            token,
            merchant_no,
            day,
            content,
            self._book.now() + self._seconds,
        )
        return token

    def fetch(self, token: str, merchant_no: str | None = None) -> bytes | None:
        """The file while its link lives (and is that merchant's, when one is named), else None."""
        found = self._book.row("SELECT * FROM bill_file WHERE token = ?", token)
        dead = self._faults.take("bill_url_expired")
        if found is None or dead or found["until"] < self._book.now():
            return None
        if merchant_no is not None and found["merchant_no"] != merchant_no:
            return None
        return bytes(found["content"])
