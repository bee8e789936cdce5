"""A bank as a whole: its parts put together, its book shown."""

import base64
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.neighbours.state import NeighbourState
from gateway.sandbox.partner_banks.accounts import Accounts
from gateway.sandbox.partner_banks.bills import Bills
from gateway.sandbox.partner_banks.notices import Notices
from gateway.sandbox.partner_banks.orders import Orders
from gateway.sandbox.partner_banks.payouts import Payouts
from gateway.sandbox.partner_banks.refunds import Refunds
from gateway.sandbox.partner_banks.rows import order_words
from gateway.sandbox.partner_banks.speech import Speech, Words, read_merchant
from gateway.sandbox.partner_banks.statements import Statements
from gateway.sandbox.partner_banks.switches import SWITCHES
from gateway.sandbox.partner_banks.tables import TABLES

_DAY_SECONDS = 86_400


class BankState(NeighbourState):
    """Everything behind the HTTP doors of one bank."""

    def __init__(self, state_dir: Path, speech: Speech) -> None:
        super().__init__(state_dir, tables=TABLES, switches=SWITCHES)
        self.speech = speech
        self.keyring = Keyring(self.book, speech.make_key, speech.styles)
        self.merchants = Merchants(state_dir / "merchants.json", read_merchant)
        self.notices = Notices(self.book, self.faults, self.keyring, self.merchants, speech)
        self.orders = Orders(self.book, self.faults, self.notices, speech.pages)
        self.refunds = Refunds(self.book, self.faults, self.notices, self.orders)
        self.bills = Bills(self.book, self.faults, speech)
        self.accounts = Accounts(self.book, state_dir / "accounts.json")
        self.payouts = Payouts(self.book, self.faults, self.accounts)
        self.statements = Statements(
            self.book, self.faults, self.accounts, self.bills.files, speech
        )
        self.errands = (self.refunds, self.notices, self.payouts, self.statements)

    def order_words(self, merchant_no: str, order_no: str) -> Words:
        """An order as a query's answer tells it."""
        return order_words(self.orders.must_find(merchant_no, order_no))

    def published_keys(self) -> list[Words]:
        """The bank's own list of its keys, as banks that have one print it."""
        now = self.book.now()
        return [
            {
                "key_id": key.key_id,
                "spki": base64.b64encode(
                    serialization.load_pem_public_key(key.public_pem).public_bytes(
                        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
                    )
                ).decode(),
                "valid_from": self.speech.moment(now - _DAY_SECONDS),
                "valid_until": self.speech.moment(now + 730 * _DAY_SECONDS),
            }
            for key in self.keyring.all()
        ]

    def shown(self) -> dict[str, Any]:
        """The book with its transfers, and each account's balance."""
        balances = {number: self.accounts.balance_fen(number) for number in self.accounts.all()}
        return {**super().shown(), "payouts": self.payouts.shown(), "balances_fen": balances}

    def shown_orders(self) -> list[dict[str, Any]]:
        """Orders as they stand."""
        return [
            {name: row[name] for name in row.keys() if name not in ("wish", "seq")}  # noqa: SIM118
            for row in self.book.rows("SELECT * FROM orders ORDER BY seq")
        ]

    def shown_refunds(self) -> list[dict[str, Any]]:
        """Refunds as they stand."""
        return [
            dict(row)
            for row in self.book.rows(
                "SELECT r.merchant_no, r.refund_no, o.order_no, r.channel_refund_no, r.amount_fen,"
                " r.made_at, r.state, r.done_at FROM refund r"
                " JOIN orders o ON o.seq = r.order_seq ORDER BY r.seq"
            )
        ]
