"""The wallet as a whole: its parts put together, its book shown."""

from pathlib import Path
from typing import Any

from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.neighbours.state import NeighbourState
from gateway.sandbox.wechat_wallet.bills import Bills
from gateway.sandbox.wechat_wallet.keyring import STYLES, make_key
from gateway.sandbox.wechat_wallet.merchants import read_merchant
from gateway.sandbox.wechat_wallet.notices import Notices
from gateway.sandbox.wechat_wallet.orders import Orders
from gateway.sandbox.wechat_wallet.refunds import Refunds
from gateway.sandbox.wechat_wallet.switches import SWITCHES
from gateway.sandbox.wechat_wallet.tables import TABLES


class WalletState(NeighbourState):
    """Everything behind the HTTP doors."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(state_dir, tables=TABLES, switches=SWITCHES)
        self.keyring = Keyring(self.book, make_key, STYLES)
        self.merchants = Merchants(state_dir / "merchants.json", read_merchant)
        self.notices = Notices(self.book, self.faults, self.keyring, self.merchants)
        self.orders = Orders(self.book, self.faults, self.notices)
        self.refunds = Refunds(self.book, self.faults, self.notices, self.orders)
        self.bills = Bills(self.book, self.faults)
        self.errands = (self.refunds, self.notices)

    def shown_orders(self) -> list[dict[str, Any]]:
        """Orders as they stand."""
        return [
            {name: row[name] for name in row.keys() if name not in ("wish", "seq")}  # noqa: SIM118
            for row in self.book.rows("SELECT *, mchid AS merchant_no FROM orders ORDER BY seq")
        ]

    def shown_refunds(self) -> list[dict[str, Any]]:
        """Refunds as they stand."""
        return [
            dict(row)
            for row in self.book.rows(
                "SELECT r.mchid, r.refund_no, o.order_no, r.channel_refund_no, r.amount_fen,"
                " r.made_at, r.state, r.done_at FROM refund r"
                " JOIN orders o ON o.seq = r.order_seq ORDER BY r.seq"
            )
        ]
