"""银联's refunds: taken at once, done later, told by notice and query."""

import sqlite3
from collections.abc import Mapping

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.unionpay_host.notices import Notices
from gateway.sandbox.unionpay_host.told import code_words, refund_words, settlement_day

DONE_AFTER_SECONDS = 1.0


class Refunds:
    """Every refund of every order. An errand of its neighbour."""

    def __init__(self, book: Book, faults: Faults, notices: Notices) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices

    def take(self, wish: Mapping[str, str]) -> dict[str, str]:
        """Take a refund; its number at its time a second time is 12, whatever else it says."""
        with self._book.change():
            if self.find(wish["merId"], wish["orderId"], wish["txnTime"]) is not None:
                raise Refusal(200, "12", "重复交易")
            order = self._book.row(
                "SELECT * FROM orders WHERE mer_id = ? AND transaction_no = ?",
                wish["merId"],
                wish.get("origQryId", ""),
            )
            if order is None or order["state"] != "PAID":
                raise Refusal(200, "35", "原交易不存在或状态不正确")
            self._check_room(order, wish)
            self._add(order, wish)
            refund = self.find(wish["merId"], wish["orderId"], wish["txnTime"])
            assert refund is not None
            return refund_words(refund, order)

    def find(self, mer_id: str, refund_no: str, txn_time: str) -> sqlite3.Row | None:
        """The refund known by all three."""
        return self._book.row(
            "SELECT * FROM refund WHERE mer_id = ? AND refund_no = ? AND txn_time = ?",
            mer_id,
            refund_no,
            txn_time,
        )

    def query(self, refund: sqlite3.Row) -> dict[str, str]:
        """What a query of the refund is answered."""
        code = {"PROCESSING": "05", "DONE": "00", "FAILED": refund["outcome"]}[refund["state"]]
        undecided = self._faults.take("answer_undecided")
        if undecided:
            code = str(undecided.get("code", "05"))
        said = code_words("ZZ" if self._faults.take("answer_unknown_state") else code)
        return {
            **refund_words(refund, self._order_of(refund)),
            **code_words("00"),
            "origRespCode": said["respCode"],
            "origRespMsg": said["respMsg"],
        }

    def next_due(self) -> float | None:
        """When the next refund is done."""
        found = self._book.row("SELECT min(settle_at) AS at FROM refund WHERE state = 'PROCESSING'")
        return found["at"] if found else None

    def do_due(self) -> int:
        """End every refund whose time has come, and owe its notice; how many were."""
        with self._book.change():
            due = self._book.rows(
                "SELECT * FROM refund WHERE state = 'PROCESSING' AND settle_at <= ?",
                self._book.now(),
            )
            for refund in due:
                self._end(refund)
        return len(due)

    def _end(self, refund: sqlite3.Row) -> None:
        good = refund["outcome"] == "00"
        self._book.do(
            "UPDATE refund SET state = ?, done_at = ? WHERE seq = ?",
            "DONE" if good else "FAILED",
            self._book.now() if good else None,
            refund["seq"],
        )
        ended = self._book.row("SELECT * FROM refund WHERE seq = ?", refund["seq"])
        assert ended is not None
        self._notices.owe_refund(ended, self._order_of(ended), ended["outcome"])

    def _order_of(self, refund: sqlite3.Row) -> sqlite3.Row:
        order = self._book.row("SELECT * FROM orders WHERE seq = ?", refund["order_seq"])
        assert order is not None
        return order

    def _check_room(self, order: sqlite3.Row, wish: Mapping[str, str]) -> None:
        taken = self._book.row(
            "SELECT coalesce(sum(amount_fen), 0) AS fen FROM refund"
            " WHERE order_seq = ? AND state <> 'FAILED'",
            order["seq"],
        )
        assert taken is not None
        amount = wish.get("txnAmt", "")
        if not amount.isdecimal() or not 0 < int(amount) <= order["paid_fen"] - taken["fen"]:
            raise Refusal(200, "36", "与原交易信息不符")

    def _add(self, order: sqlite3.Row, wish: Mapping[str, str]) -> None:
        now = self._book.now()
        stays = self._faults.take("refund_stays") is not None
        seq = self._book.add(
            "INSERT INTO refund (mer_id, refund_no, txn_time, order_seq, query_id, amount_fen,"
            " reserved, notify_url, made_at, settle_at, outcome, state)"
            " VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, 'PROCESSING')",
            wish["merId"],
            wish["orderId"],
            wish["txnTime"],
            order["seq"],
            int(wish["txnAmt"]),
            wish.get("reqReserved", ""),
            wish.get("backUrl", ""),
            now,
            None if stays else now + DONE_AFTER_SECONDS,
            "01" if self._faults.take("refund_fails") else "00",
        )
        number = f"{settlement_day(now).replace('-', '')}9{seq:012d}"
        self._book.do("UPDATE refund SET query_id = ? WHERE seq = ?", number, seq)
