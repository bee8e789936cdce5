"""The wallet as a whole: its parts put together, its clock driven, its book shown."""

import threading
from pathlib import Path
from typing import Any

from gateway.sandbox.wechat_wallet.bills import Bills
from gateway.sandbox.wechat_wallet.book import Book
from gateway.sandbox.wechat_wallet.faults import Faults
from gateway.sandbox.wechat_wallet.keyring import Keyring
from gateway.sandbox.wechat_wallet.merchants import Merchants
from gateway.sandbox.wechat_wallet.notices import Notices
from gateway.sandbox.wechat_wallet.orders import Orders
from gateway.sandbox.wechat_wallet.refunds import Refunds
from gateway.sandbox.wechat_wallet.words import shown_moment

_LONGEST_SLEEP_SECONDS = 1.0


class WalletState:
    """Everything behind the HTTP doors."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_dir.chmod(0o700)  # its keys sign as the channel
        self.book = Book(state_dir / "book.sqlite3")
        self.faults = Faults(self.book)
        self.keyring = Keyring(self.book)
        self.merchants = Merchants(state_dir / "merchants.json")
        self.notices = Notices(self.book, self.faults, self.keyring, self.merchants)
        self.orders = Orders(self.book, self.faults, self.notices)
        self.refunds = Refunds(self.book, self.faults, self.notices, self.orders)
        self.bills = Bills(self.book, self.faults)
        self._bell = threading.Event()

    def ring(self) -> None:
        """Something may have become due."""
        self._bell.set()

    def run(self) -> None:
        """Settle and deliver as time passes, for ever."""
        while True:
            self._bell.clear()
            self.work()
            due = self._next_due()
            wait = _LONGEST_SLEEP_SECONDS if due is None else due - self.book.now()
            self._bell.wait(max(0.01, min(wait, _LONGEST_SLEEP_SECONDS)))

    def work(self) -> None:
        """Do what is due now."""
        self.refunds.settle_due()
        self.notices.deliver_due()

    def advance(self, seconds: float) -> None:
        """Move the clock forward, stopping at every moment something is due on the way."""
        self.work()
        until = self.book.now() + seconds
        while (due := self._next_due()) is not None and due <= until:
            self.book.move_clock(max(0.0, due - self.book.now()))
            self.work()
        self.book.move_clock(max(0.0, until - self.book.now()))

    def shown(self) -> dict[str, Any]:
        """The whole book, for whoever checks others against it."""
        return {
            "now": shown_moment(self.book.now()),
            "orders": [
                {name: row[name] for name in row.keys() if name not in ("wish", "seq")}  # noqa: SIM118
                for row in self.book.rows("SELECT * FROM orders ORDER BY seq")
            ],
            "refunds": [
                {name: row[name] for name in row.keys() if name != "wish"}  # noqa: SIM118
                for row in self.book.rows(
                    "SELECT r.mchid, r.refund_no, o.order_no, r.channel_refund_no, r.amount_fen,"
                    " r.made_at, r.state, r.done_at FROM refund r"
                    " JOIN orders o ON o.seq = r.order_seq ORDER BY r.seq"
                )
            ],
            "notices": [
                {name: row[name] for name in row.keys() if name not in ("plain", "url")}  # noqa: SIM118
                for row in self.book.rows("SELECT * FROM notice ORDER BY seq")
            ],
        }

    def _next_due(self) -> float | None:
        moments = [self.refunds.next_due(), self.notices.next_due()]
        return min((moment for moment in moments if moment is not None), default=None)
