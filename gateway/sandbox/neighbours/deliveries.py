"""A neighbour's notices: owed in its book, sent by its own schedule under the book's clock."""

import http.client
import json
import secrets
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults

_ANSWER_SECONDS = 5
_ANSWER_LIMIT_BYTES = 64 * 1024


class Speaker(Protocol):
    """How a channel words a notice and what it takes for a yes."""

    @property
    def schedule(self) -> Sequence[int]:
        """Seconds between deliveries after the first."""
        ...

    def message(self, notice: sqlite3.Row) -> tuple[Mapping[str, str], bytes] | None:
        """Headers and body of this delivery, spoilt as switches say; None: nobody to send it to."""
        ...

    def accepts(self, status: int, body: bytes) -> bool:
        """Whether the merchant's answer ends the repeating."""
        ...


class Deliveries:
    """What is owed to merchants, and its delivery. An errand of its neighbour."""

    def __init__(self, book: Book, faults: Faults, speaker: Speaker) -> None:
        self._book = book
        self._faults = faults
        self._speaker = speaker
        self._delivering = threading.Lock()

    def owe(
        self,
        merchant_no: str,
        url: str,
        event: str,
        words: Mapping[str, Any],
        order_no: str,
        *,
        refund_no: str | None = None,
        parked: bool = False,
    ) -> None:
        """Tell the merchant; `parked` waits until a refund of the order has been told."""
        if not url:
            return
        state = "parked" if parked else "waiting"
        if self._faults.take("lost_notice"):
            state = "lost"
        self._book.add(
            "INSERT INTO notice (notice_no, merchant_no, url, event, order_no, refund_no, plain,"
            " next_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            f"EV-{secrets.token_hex(16)}",
            merchant_no,
            url,
            event,
            order_no,
            refund_no,
            json.dumps(words, ensure_ascii=False),
            self._book.now(),
            state,
        )

    def again(self, merchant_no: str, order_no: str) -> int:
        """Send everything of the order once more, accepted or not; how many notices."""
        with self._book.change():
            return self._book.do(
                "UPDATE notice SET state = 'waiting', next_at = ?, attempts = 0"
                " WHERE merchant_no = ? AND order_no = ?",
                self._book.now(),
                merchant_no,
                order_no,
            )

    def next_due(self) -> float | None:
        """When the next notice is to be sent."""
        found = self._book.row("SELECT min(next_at) AS at FROM notice WHERE state = 'waiting'")
        return found["at"] if found else None

    def do_due(self) -> int:
        """Send every notice whose time has come, one after the other; how many were sent."""
        sent = 0
        with self._delivering:
            for notice in self._book.rows(
                "SELECT * FROM notice WHERE state = 'waiting' AND next_at <= ? ORDER BY seq",
                self._book.now(),
            ):
                self._deliver(notice)
                sent += 1
        return sent

    def _deliver(self, notice: sqlite3.Row) -> None:
        times = 2 if self._faults.take("duplicate_notice") else 1
        answers = [self._post(notice) for _ in range(times)]
        schedule = self._speaker.schedule
        attempts = notice["attempts"] + 1
        if any(accepted for accepted, _ in answers):
            state, next_at = "accepted", None
        elif attempts > len(schedule):
            state, next_at = "given_up", None
        else:
            state, next_at = "waiting", self._book.now() + schedule[attempts - 1]
        with self._book.change():
            self._book.do(
                "UPDATE notice SET state = ?, next_at = ?, attempts = ?, last_answer = ?"
                " WHERE seq = ?",
                state,
                next_at,
                attempts,
                answers[-1][1],
                notice["seq"],
            )
            if notice["refund_no"] is not None:
                self._book.do(
                    "UPDATE notice SET state = 'waiting', next_at = ?"
                    " WHERE merchant_no = ? AND order_no = ? AND state = 'parked'",
                    self._book.now(),
                    notice["merchant_no"],
                    notice["order_no"],
                )

    def _post(self, notice: sqlite3.Row) -> tuple[bool, str]:
        """Whether the merchant said yes, and the status it answered with or the kind of trouble."""
        message = self._speaker.message(notice)
        if message is None:
            return False, "no such merchant"
        headers, body = message
        if self._faults.take("notice_truncated"):
            body = body[: len(body) // 2]
        try:
            status, answer = post(notice["url"], headers, body)
        except (OSError, http.client.HTTPException) as trouble:
            return False, type(trouble).__name__
        return self._speaker.accepts(status, answer), str(status)


def post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer; OSError or HTTPException when none comes in time."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(_ANSWER_LIMIT_BYTES)
    finally:
        connection.close()
