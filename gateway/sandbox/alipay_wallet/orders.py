"""The wallet's trades: begun by a code scanned, an app or a browser; paid, closed, refunded."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.alipay_wallet.merchants import KnownMerchant
from gateway.sandbox.alipay_wallet.notices import Notices
from gateway.sandbox.alipay_wallet.wire import refused
from gateway.sandbox.alipay_wallet.words import trade_words
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of, seconds_of
from gateway.sandbox.neighbours.yuan import fen, yuan

PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")


class Orders:
    """Every trade of every seller."""

    def __init__(self, book: Book, faults: Faults, notices: Notices) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices

    def take(
        self, merchant: KnownMerchant, method: str, wish: Mapping[str, Any], notify_url: str
    ) -> sqlite3.Row:
        """A new trade (precreate: only a code), or the same one for the same wish."""
        amount_fen, expires_at = _checked(wish, self._book.now())
        told = json.dumps([method, wish], sort_keys=True)
        with self._book.change():
            order = self.find(merchant.seller_id, wish["out_trade_no"])
            if order is not None:
                _check_again(order, told)
                return order
            scanned = method != "alipay.trade.precreate"
            self._book.add(
                "INSERT INTO orders (seller_id, order_no, app_id, method, amount_fen, subject,"
                " notify_url, buyer_id, expires_at, wish, qr_code, made_at, state, trade_no)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                merchant.seller_id,
                wish["out_trade_no"],
                merchant.app_id,
                method,
                amount_fen,
                wish["subject"],
                notify_url,
                wish.get("buyer_id") or wish.get("buyer_open_id"),
                expires_at,
                told,
                f"https://qr.alipay.com/bax{secrets.token_hex(8)}",
                self._book.now(),
                "WAIT_BUYER_PAY" if scanned else "UNSCANNED",
                self._trade_no() if scanned else None,
            )
            return self._must(merchant.seller_id, wish["out_trade_no"])

    def find(self, seller_id: str, order_no: str) -> sqlite3.Row | None:
        """The trade after its time has been looked at."""
        with self._book.change():
            now = self._book.now()
            self._book.do(
                "UPDATE orders SET state = 'TRADE_CLOSED', closed_at = ? WHERE seller_id = ?"
                " AND order_no = ? AND state = 'WAIT_BUYER_PAY' AND expires_at <= ?",
                now,
                seller_id,
                order_no,
                now,
            )
            return self._book.row(
                "SELECT * FROM orders WHERE seller_id = ? AND order_no = ?", seller_id, order_no
            )

    def must_find(self, seller_id: str, order_no: str) -> sqlite3.Row:
        """The trade, or 40004 TRADE_NOT_EXIST; a code nobody scanned is no trade."""
        order = self.find(seller_id, order_no)
        if order is None or order["state"] == "UNSCANNED":
            raise refused("40004", "ACQ.TRADE_NOT_EXIST", "交易不存在")
        return order

    def query(self, seller_id: str, order_no: str) -> dict[str, Any]:
        """The trade in the wire's words."""
        words = trade_words(self.must_find(seller_id, order_no))
        if self._faults.take("answer_wrong_amount"):
            words["total_amount"] = yuan(fen(words["total_amount"]) + 1)
        if self._faults.take("answer_wrong_order"):
            words["out_trade_no"] = "somebody_elses_order"
        if self._faults.take("answer_unknown_state"):
            words["trade_status"] = "MOONSTRUCK"
        return words

    def close(self, seller_id: str, order_no: str) -> dict[str, Any]:
        """Nobody can pay it any more, unless the late-success switch is on."""
        with self._book.change():
            order = self.must_find(seller_id, order_no)
            if order["state"] != "WAIT_BUYER_PAY":
                raise refused("40004", "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
            self._book.do(
                "UPDATE orders SET state = 'TRADE_CLOSED', closed_at = ? WHERE seq = ?",
                self._book.now(),
                order["seq"],
            )
            if self._faults.take("late_success_after_close"):
                self.pay(seller_id, order_no, late=True)
        return {"trade_no": order["trade_no"], "out_trade_no": order_no}

    def pay(
        self,
        seller_id: str,
        order_no: str,
        *,
        amount_fen: int | None = None,
        late: bool = False,
        payer_no: str | None = None,
    ) -> dict[str, Any]:
        """The payer scans and pays; `late` even after its time. Paying twice is paying once."""
        with self._book.change():
            order = self._must(seller_id, order_no)
            now = self._book.now()
            if order["state"] in PAID or order["paid_at"] is not None:
                return trade_words(order)
            over = order["state"] == "TRADE_CLOSED" or order["expires_at"] <= now
            if over and not late:
                raise refused("40004", "ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
            self._book.do(
                "UPDATE orders SET state = 'TRADE_SUCCESS', trade_no = coalesce(trade_no, ?),"
                " paid_fen = ?, paid_at = ?, buyer_id = coalesce(buyer_id, ?), closed_at = NULL"
                " WHERE seq = ?",
                self._trade_no(),
                order["amount_fen"] if amount_fen is None else amount_fen,
                now,
                payer_no or f"2088{secrets.randbelow(10**12):012d}",
                order["seq"],
            )
            order = self._must(seller_id, order_no)
            self._notices.owe_trade(order, parked=bool(self._faults.take("reordered_notices")))
        return trade_words(order)

    def finish(self, seller_id: str, order_no: str) -> dict[str, Any]:
        """The time for refunds of a paid trade is over: TRADE_FINISHED, and its notice."""
        with self._book.change():
            self._book.do(
                "UPDATE orders SET state = 'TRADE_FINISHED' WHERE seller_id = ? AND order_no = ?"
                " AND state = 'TRADE_SUCCESS'",
                seller_id,
                order_no,
            )
            order = self._must(seller_id, order_no)
            self._notices.owe_trade(order)
        return trade_words(order)

    def of_seq(self, seq: int) -> sqlite3.Row:
        """The trade a refund belongs to."""
        found = self._book.row("SELECT * FROM orders WHERE seq = ?", seq)
        assert found is not None
        return found

    def _must(self, seller_id: str, order_no: str) -> sqlite3.Row:
        found = self.find(seller_id, order_no)
        if found is None:
            raise refused("40004", "ACQ.TRADE_NOT_EXIST", "交易不存在")
        return found

    def _trade_no(self) -> str:
        day = day_of(self._book.now()).replace("-", "")
        return f"{day}2200{secrets.randbelow(10**16):016d}"


def _check_again(order: sqlite3.Row, told: str) -> None:
    if order["paid_at"] is not None:
        raise refused("40004", "ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    if order["state"] == "TRADE_CLOSED":
        raise refused("40004", "ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if order["wish"] != told:
        raise refused("40004", "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")


def _checked(wish: Mapping[str, Any], now: float) -> tuple[int, float]:
    """Amount and end of a wish, or 40004 INVALID_PARAMETER."""
    try:
        amount_fen = fen(wish["total_amount"])
        expires_at = seconds_of(wish["time_expire"])
        good = 0 < amount_fen <= 10**10 and expires_at > now and 0 < len(wish["subject"]) <= 256
        good = good and 0 < len(wish["out_trade_no"]) <= 64
    except (KeyError, TypeError, ValueError):
        good = False
    if not good:
        raise refused("40004", "ACQ.INVALID_PARAMETER", "参数无效")
    return amount_fen, expires_at
