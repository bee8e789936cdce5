"""A bank's refunds: one for ever per number, settled a moment later, told by notice."""

import json
import sqlite3

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of
from gateway.sandbox.partner_banks.notices import Notices
from gateway.sandbox.partner_banks.orders import Orders
from gateway.sandbox.partner_banks.rows import refund_words
from gateway.sandbox.partner_banks.speech import KnownMerchant, Words, refused

SETTLED_AFTER_SECONDS = 1.0
_WISH = ("refund_no", "order_no", "refund_fen", "total_fen")


class Refunds:
    """Every refund of every order. An errand of its bank."""

    def __init__(self, book: Book, faults: Faults, notices: Notices, orders: Orders) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices
        self._orders = orders

    def create(self, merchant: KnownMerchant, wish: Words) -> Words:
        """Take a refund; the same number with the same content is answered as it stands."""
        missing = [name for name in _WISH if name not in wish]
        if missing:
            raise refused("malformed", f"缺少 {missing}")
        if self._faults.take("not_enough"):
            raise refused("not_enough", "商户余额不足")
        told = json.dumps([wish[name] for name in _WISH])
        with self._book.change():
            known = self._find(merchant.merchant_no, wish["refund_no"])
            if known is not None:
                if known["wish"] != told:
                    raise refused("refund_differs", "退款号重复且要素不一致")
                return refund_words(known, self._order_of(known))
            order = self._orders.must_find(merchant.merchant_no, wish["order_no"])
            if order["state"] not in ("PAID", "REFUNDED"):
                raise refused("order_unknown", "订单未支付")
            self._check_room(order, wish)
            self._take(merchant, order, wish, told)
            return self.query(merchant.merchant_no, wish["refund_no"])

    def query(self, merchant_no: str, refund_no: str) -> Words:
        """The refund in neutral words, or a refusal."""
        refund = self._find(merchant_no, refund_no)
        if refund is None:
            raise refused("refund_unknown", "退款单不存在")
        return refund_words(refund, self._order_of(refund))

    def do_due(self) -> int:
        """End every refund whose time has come, and owe its notice; how many were."""
        now = self._book.now()
        with self._book.change():
            due = self._book.rows("SELECT * FROM refund WHERE settle_at <= ?", now)
            for refund in due:
                self._book.do(
                    "UPDATE refund SET state = ?, done_at = ?, settle_at = NULL WHERE seq = ?",
                    refund["outcome"],
                    now,
                    refund["seq"],
                )
                if refund["outcome"] == "DONE":
                    self._book.do(
                        "UPDATE orders SET state = 'REFUNDED' WHERE seq = ?", refund["order_seq"]
                    )
                told = self._find(refund["merchant_no"], refund["refund_no"])
                assert told is not None
                self._notices.owe_refund(told, self._order_of(told))
        return len(due)

    def next_due(self) -> float | None:
        """When the next refund settles."""
        found = self._book.row("SELECT min(settle_at) AS at FROM refund")
        return found["at"] if found else None

    def _find(self, merchant_no: str, refund_no: str) -> sqlite3.Row | None:
        return self._book.row(
            "SELECT * FROM refund WHERE merchant_no = ? AND refund_no = ?", merchant_no, refund_no
        )

    def _order_of(self, refund: sqlite3.Row) -> sqlite3.Row:
        order = self._book.row("SELECT * FROM orders WHERE seq = ?", refund["order_seq"])
        assert order is not None
        return order

    def _check_room(self, order: sqlite3.Row, wish: Words) -> None:
        parts = self._book.rows(
            "SELECT amount_fen FROM refund WHERE order_seq = ? AND state <> 'CLOSED'", order["seq"]
        )
        given = sum(row["amount_fen"] for row in parts) + wish["refund_fen"]
        if wish["total_fen"] != order["paid_fen"] or wish["refund_fen"] <= 0:
            raise refused("malformed", "订单金额不一致")
        if given > order["paid_fen"]:
            raise refused("refund_exceeds", "累计退款金额大于支付金额")

    def _take(self, merchant: KnownMerchant, order: sqlite3.Row, wish: Words, told: str) -> None:
        outcome = "DONE"
        if self._faults.take("refund_abnormal"):
            outcome = "ABNORMAL"
        elif self._faults.take("refund_closed"):
            outcome = "CLOSED"
        stays = self._faults.take("refund_stays") is not None
        now = self._book.now()
        seq = self._book.add(
            "INSERT INTO refund (merchant_no, refund_no, order_seq, channel_refund_no, amount_fen,"
            " wish, notify_url, made_at, settle_at, state, outcome)"
            " VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, 'PROCESSING', ?)",
            merchant.merchant_no,
            wish["refund_no"],
            order["seq"],
            wish["refund_fen"],
            told,
            wish.get("notify_url", ""),
            now,
            None if stays else now + SETTLED_AFTER_SECONDS,
            outcome,
        )
        number = f"R{day_of(now).replace('-', '')}{seq:012d}"
        self._book.do("UPDATE refund SET channel_refund_no = ? WHERE seq = ?", number, seq)
