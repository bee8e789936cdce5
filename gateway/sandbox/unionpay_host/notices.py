"""银联's notices: a signed form, repeated about five times in minutes (D: a setting)."""

import json
import sqlite3
from collections.abc import Mapping

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.deliveries import Deliveries
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.unionpay_host.signer import Signer
from gateway.sandbox.unionpay_host.told import code_words, payment_words, refund_words
from gateway.sandbox.unionpay_host.wire import notice_body

SCHEDULE = "60 120 180 240"


class Notices(Deliveries):
    """What is owed to merchants: successes of payments, and refunds however they ended."""

    def __init__(self, book: Book, faults: Faults, signer: Signer) -> None:
        super().__init__(book, faults, self)
        self._signer = signer

    @property
    def schedule(self) -> list[int]:
        """Seconds between deliveries after the first."""
        return [int(part) for part in self._book.setting("notice_schedule", SCHEDULE).split()]

    def owe_payment(self, order: sqlite3.Row) -> None:
        """Tell the merchant of a payment that came about."""
        self.owe(
            order["mer_id"],
            order["notify_url"],
            "01",
            {**payment_words(order), **code_words("00")},
            order["order_no"],
            parked=bool(self._faults.take("reordered_notices")),
        )

    def owe_refund(self, refund: sqlite3.Row, order: sqlite3.Row, code: str) -> None:
        """Tell the merchant how a refund ended."""
        self.owe(
            refund["mer_id"],
            refund["notify_url"],
            "04",
            {**refund_words(refund, order), **code_words(code)},
            order["order_no"],
            refund_no=refund["refund_no"],
        )

    def message(self, notice: sqlite3.Row) -> tuple[Mapping[str, str], bytes] | None:
        """The words as a form, spoilt as switches say, then signed."""
        words = json.loads(notice["plain"])
        if self._faults.take("notice_wrong_amount"):
            words["txnAmt"] = str(int(words["txnAmt"]) + 1)
        if self._faults.take("notice_wrong_merchant"):
            words["merId"] = "777290058110999"
        if self._faults.take("notice_wrong_currency"):
            words["currencyCode"] = "840"
        if self._faults.take("notice_unknown_state"):
            words["respCode"] = "ZZ"
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return headers, notice_body(self._signer.signed(words, kind="notice"))

    def accepts(self, status: int, body: bytes) -> bool:
        """200, whatever the body."""
        return status == 200
