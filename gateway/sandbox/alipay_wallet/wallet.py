"""The wallet as a whole: its parts put together, its book shown."""

from pathlib import Path
from typing import Any

from gateway.sandbox.alipay_wallet.bills import Bills
from gateway.sandbox.alipay_wallet.keyring import STYLES, make_key
from gateway.sandbox.alipay_wallet.merchants import read_merchant
from gateway.sandbox.alipay_wallet.notices import Notices
from gateway.sandbox.alipay_wallet.orders import Orders
from gateway.sandbox.alipay_wallet.refunds import Refunds
from gateway.sandbox.alipay_wallet.switches import SWITCHES
from gateway.sandbox.alipay_wallet.tables import TABLES
from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.neighbours.state import NeighbourState


class WalletState(NeighbourState):
    """Everything behind the HTTP doors."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(state_dir, tables=TABLES, switches=SWITCHES)
        self.keyring = Keyring(self.book, make_key, STYLES)
        self.merchants = Merchants(state_dir / "merchants.json", read_merchant)
        self.notices = Notices(self.book, self.faults, self.keyring)
        self.orders = Orders(self.book, self.faults, self.notices)
        self.refunds = Refunds(self.book, self.faults, self.notices, self.orders)
        self.bills = Bills(self.book, self.faults)
        self.errands = (self.notices,)

    def shown_orders(self) -> list[dict[str, Any]]:
        """Trades as they stand."""
        return [
            {name: row[name] for name in row.keys() if name not in ("wish", "seq")}  # noqa: SIM118
            for row in self.book.rows(
                "SELECT *, seller_id AS merchant_no, trade_no AS transaction_no FROM orders"
                " ORDER BY seq"
            )
        ]

    def shown_refunds(self) -> list[dict[str, Any]]:
        """Refunds as they stand."""
        return [
            dict(row)
            for row in self.book.rows(
                "SELECT r.seller_id, r.refund_no, o.order_no, r.amount_fen, r.made_at, r.state,"
                " r.done_at FROM refund r JOIN orders o ON o.seq = r.order_seq ORDER BY r.seq"
            )
        ]
