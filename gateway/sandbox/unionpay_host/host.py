"""银联 as a whole: its parts put together, its book shown."""

from pathlib import Path
from typing import Any

from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.neighbours.state import NeighbourState
from gateway.sandbox.unionpay_host.authority import STYLES, kept, maker
from gateway.sandbox.unionpay_host.merchants import read_merchant
from gateway.sandbox.unionpay_host.notices import Notices
from gateway.sandbox.unionpay_host.orders import Orders
from gateway.sandbox.unionpay_host.refunds import Refunds
from gateway.sandbox.unionpay_host.signer import Signer
from gateway.sandbox.unionpay_host.statements import Statements
from gateway.sandbox.unionpay_host.switches import SWITCHES
from gateway.sandbox.unionpay_host.tables import TABLES


class HostState(NeighbourState):
    """Everything behind the HTTP doors."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(state_dir, tables=TABLES, switches=SWITCHES)
        self.keyring = Keyring(self.book, maker(self.book), STYLES)
        self.signer = Signer(self.faults, self.keyring, kept(self.book, STYLES[-1]))
        self.merchants = Merchants(state_dir / "merchants.json", read_merchant)
        self.notices = Notices(self.book, self.faults, self.signer)
        self.orders = Orders(self.book, self.faults, self.notices)
        self.refunds = Refunds(self.book, self.faults, self.notices)
        self.statements = Statements(self.book, self.faults)
        self.errands = (self.refunds, self.notices)

    def shown_orders(self) -> list[dict[str, Any]]:
        """Orders as they stand."""
        return [
            {name: row[name] for name in row.keys() if name not in ("wish", "seq", "notify_url")}  # noqa: SIM118
            for row in self.book.rows("SELECT *, mer_id AS merchant_no FROM orders ORDER BY seq")
        ]

    def shown_refunds(self) -> list[dict[str, Any]]:
        """Refunds as they stand."""
        return [
            dict(row)
            for row in self.book.rows(
                "SELECT r.mer_id, r.refund_no, o.order_no, r.query_id, r.amount_fen, r.made_at,"
                " r.state, r.done_at FROM refund r JOIN orders o ON o.seq = r.order_seq"
                " ORDER BY r.seq"
            )
        ]
