"""The wallet's refunds: done at once, one for ever per number, told by a notice of the trade."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.alipay_wallet.merchants import KnownMerchant
from gateway.sandbox.alipay_wallet.notices import Notices
from gateway.sandbox.alipay_wallet.orders import PAID, Orders
from gateway.sandbox.alipay_wallet.wire import refused
from gateway.sandbox.alipay_wallet.words import refund_query_words
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import plain_moment
from gateway.sandbox.neighbours.yuan import fen, yuan


class Refunds:
    """Every refund of every trade."""

    def __init__(self, book: Book, faults: Faults, notices: Notices, orders: Orders) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices
        self._orders = orders

    def create(self, merchant: KnownMerchant, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Give money back; the same number again moves nothing and says so by fund_change N."""
        amount_fen, refund_no = _checked(wish)
        if self._faults.take("not_enough"):
            raise refused("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
        told = json.dumps(wish, sort_keys=True)
        with self._book.change():
            order = self._orders.must_find(merchant.seller_id, wish["out_trade_no"])
            known = self._find(order, refund_no)
            if known is not None and known["wish"] != told:
                raise refused("40004", "ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
            if known is not None and known["state"] == "DONE":
                return self._told(order, change=False)
            if order["state"] not in PAID:
                raise refused("40004", "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
            if order["state"] == "TRADE_FINISHED":
                raise refused("40004", "ACQ.TRADE_HAS_FINISHED", "交易已完结")
            if order["refunded_fen"] + amount_fen > order["paid_fen"]:
                raise refused("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
            if self._faults.take("refund_stays"):
                self._keep(order, refund_no, amount_fen, told, done=False)
                return self._told(order, change=False)
            self._keep(order, refund_no, amount_fen, told, done=True)
            order = self._orders.of_seq(order["seq"])
            refund = self._find(order, refund_no)
            assert refund is not None
            self._notices.owe_refund(order, refund)
            change = not self._faults.take("refund_no_change")
            return self._told(order, change=change, at=refund["done_at"])

    def query(self, merchant: KnownMerchant, wish: Mapping[str, Any]) -> dict[str, Any]:
        """The refund in the wire's words; no word where none is done."""
        order = self._orders.must_find(merchant.seller_id, str(wish.get("out_trade_no", "")))
        refund = self._find(order, str(wish.get("out_request_no", "")))
        if refund is None:
            return {}
        words = refund_query_words(refund, order)
        if "gmt_refund_pay" not in wish.get("query_options", ()):
            words.pop("gmt_refund_pay", None)
        return words

    def _find(self, order: sqlite3.Row, refund_no: str) -> sqlite3.Row | None:
        return self._book.row(
            "SELECT * FROM refund WHERE order_seq = ? AND refund_no = ?", order["seq"], refund_no
        )

    def _keep(
        self, order: sqlite3.Row, refund_no: str, amount_fen: int, told: str, *, done: bool
    ) -> None:
        now = self._book.now()
        self._book.add(
            "INSERT INTO refund (seller_id, refund_no, order_seq, amount_fen, wish, made_at, state,"
            " done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seller_id, order_seq,"
            " refund_no) DO UPDATE SET state = excluded.state, done_at = excluded.done_at",
            order["seller_id"],
            refund_no,
            order["seq"],
            amount_fen,
            told,
            now,
            "DONE" if done else "STAYS",
            now if done else None,
        )
        if done:
            self._book.do(
                "UPDATE orders SET refunded_fen = refunded_fen + ?, state = CASE WHEN"
                " refunded_fen + ? = paid_fen THEN 'TRADE_CLOSED' ELSE state END,"
                " closed_at = CASE WHEN refunded_fen + ? = paid_fen THEN ? END WHERE seq = ?",
                amount_fen,
                amount_fen,
                amount_fen,
                now,
                order["seq"],
            )

    def _told(self, order: sqlite3.Row, *, change: bool, at: float | None = None) -> dict[str, Any]:
        words = {
            "trade_no": order["trade_no"],
            "out_trade_no": order["order_no"],
            "buyer_logon_id": "159****5620",
            "fund_change": "Y" if change else "N",
            "refund_fee": yuan(order["refunded_fen"]),
        }
        return {**words, "gmt_refund_pay": plain_moment(at)} if change and at else words


def _checked(wish: Mapping[str, Any]) -> tuple[int, str]:
    try:
        amount_fen, refund_no = fen(wish["refund_amount"]), str(wish["out_request_no"])
    except (KeyError, TypeError, ValueError):
        raise refused("40004", "ACQ.INVALID_PARAMETER", "参数无效") from None
    if amount_fen <= 0 or not 0 < len(refund_no) <= 64 or not wish.get("out_trade_no"):
        raise refused("40004", "ACQ.INVALID_PARAMETER", "参数无效")
    return amount_fen, refund_no
