"""A neighbour as a whole: its book, its switches, its clock driven, what is due done."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import shown_moment

_LONGEST_SLEEP_SECONDS = 1.0


class Errand(Protocol):
    """Something a neighbour does by itself when its time has come."""

    def next_due(self) -> float | None:
        """When there is something to do, by the book's time; None for nothing."""
        ...

    def do_due(self) -> int:
        """Do what is due now; how many."""
        ...


class NeighbourState:
    """Everything behind the HTTP doors; a channel's own state adds its parts and its errands."""

    def __init__(self, state_dir: Path, *, tables: str, switches: Mapping[str, str]) -> None:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_dir.chmod(0o700)  # its keys sign as the channel
        self.state_dir = state_dir
        self.book = Book(state_dir / "book.sqlite3", tables)
        self.faults = Faults(self.book, switches)
        self.errands: tuple[Errand, ...] = ()
        self._bell = threading.Event()

    def ring(self) -> None:
        """Something may have become due."""
        self._bell.set()

    def run(self) -> None:
        """Do what is due as time passes, for ever."""
        while True:
            self._bell.clear()
            self.work()
            due = self._next_due()
            wait = _LONGEST_SLEEP_SECONDS if due is None else due - self.book.now()
            self._bell.wait(max(0.01, min(wait, _LONGEST_SLEEP_SECONDS)))

    def work(self) -> None:
        """Do what is due now, in the order of the errands."""
        for errand in self.errands:
            errand.do_due()

    def advance(self, seconds: float) -> None:
        """Move the clock forward, stopping at every moment something is due on the way."""
        self.work()
        until = self.book.now() + seconds
        while (due := self._next_due()) is not None and due <= until:
            self.book.move_clock(max(0.0, due - self.book.now()))
            self.work()
        self.book.move_clock(max(0.0, until - self.book.now()))

    def shown(self) -> dict[str, Any]:
        """{now, orders, refunds, notices}: the book, for whoever checks others against it."""
        return {
            "now": shown_moment(self.book.now()),
            "orders": self.shown_orders(),
            "refunds": self.shown_refunds(),
            "notices": [
                {name: row[name] for name in row.keys() if name not in ("plain", "url")}  # noqa: SIM118
                for row in self.book.rows("SELECT * FROM notice ORDER BY seq")
            ],
        }

    def shown_orders(self) -> list[dict[str, Any]]:
        """Each with order_no, amount_fen, state, transaction_no, paid_fen at least."""
        raise NotImplementedError

    def shown_refunds(self) -> list[dict[str, Any]]:
        """Each with refund_no, order_no, amount_fen, state at least."""
        raise NotImplementedError

    def _next_due(self) -> float | None:
        moments = [errand.next_due() for errand in self.errands]
        return min((moment for moment in moments if moment is not None), default=None)
