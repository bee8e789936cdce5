"""The wallet's refunds: one for ever per number, settled a moment later, told by notice."""

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.wechat_wallet.merchants import KnownMerchant
from gateway.sandbox.wechat_wallet.notices import Notices
from gateway.sandbox.wechat_wallet.orders import Orders
from gateway.sandbox.wechat_wallet.wire import refused_parameter
from gateway.sandbox.wechat_wallet.words import refund_words

SETTLED_AFTER_SECONDS = 1.0
_MOST_PARTS = 50
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


class Refunds:
    """Every refund of every order."""

    def __init__(self, book: Book, faults: Faults, notices: Notices, orders: Orders) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices
        self._orders = orders

    def create(self, merchant: KnownMerchant, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Take a refund; the same number with the same content is answered as it stands."""
        _check_wish(wish)
        if self._faults.take("not_enough"):
            raise Refusal(403, "NOT_ENOUGH", "基本账户余额不足,请充值后重新发起")
        told = json.dumps(wish, sort_keys=True)
        with self._book.change():
            known = self._find(merchant.mchid, wish["out_refund_no"])
            if known is not None:
                if known["wish"] != told:
                    raise Refusal(400, "INVALID_REQUEST", "退款单号重复且参数不一致")
                return refund_words(known, self._order_of(known))
            order = self._orders.find(merchant.mchid, wish["out_trade_no"])
            if order is None or order["state"] not in ("SUCCESS", "REFUND"):
                raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付")
            self._check_room(order, wish)
            self._take(merchant, order, wish, told)
            return self.query(merchant.mchid, wish["out_refund_no"])

    def query(self, mchid: str, refund_no: str) -> dict[str, Any]:
        """The refund in the wire's words, or 404 RESOURCE_NOT_EXISTS."""
        refund = self._find(mchid, refund_no)
        if refund is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
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
                if refund["outcome"] == "SUCCESS":
                    self._book.do(
                        "UPDATE orders SET state = 'REFUND' WHERE seq = ?", refund["order_seq"]
                    )
                told = self._find(refund["mchid"], refund["refund_no"])
                assert told is not None
                self._notices.owe_refund(told, self._order_of(told))
        return len(due)

    def next_due(self) -> float | None:
        """When the next refund settles."""
        found = self._book.row("SELECT min(settle_at) AS at FROM refund")
        return found["at"] if found else None

    def _find(self, mchid: str, refund_no: str) -> sqlite3.Row | None:
        return self._book.row(
            "SELECT * FROM refund WHERE mchid = ? AND refund_no = ?", mchid, refund_no
        )

    def _order_of(self, refund: sqlite3.Row) -> sqlite3.Row:
        order = self._book.row("SELECT * FROM orders WHERE seq = ?", refund["order_seq"])
        assert order is not None
        return order

    def _check_room(self, order: sqlite3.Row, wish: Mapping[str, Any]) -> None:
        parts = self._book.rows(
            "SELECT amount_fen FROM refund WHERE order_seq = ? AND state <> 'CLOSED'", order["seq"]
        )
        if wish["amount"]["total"] != order["paid_fen"]:
            raise Refusal(400, "INVALID_REQUEST", "订单金额不一致")
        if sum(row["amount_fen"] for row in parts) + wish["amount"]["refund"] > order["paid_fen"]:
            raise Refusal(400, "INVALID_REQUEST", "累计退款金额大于支付金额")
        if len(parts) >= _MOST_PARTS:
            raise Refusal(400, "INVALID_REQUEST", "部分退款次数超限")

    def _take(
        self, merchant: KnownMerchant, order: sqlite3.Row, wish: Mapping[str, Any], told: str
    ) -> None:
        outcome = "SUCCESS"
        if self._faults.take("refund_abnormal"):
            outcome = "ABNORMAL"
        elif self._faults.take("refund_closed"):
            outcome = "CLOSED"
        stays = self._faults.take("refund_stays") is not None
        now = self._book.now()
        seq = self._book.add(
            "INSERT INTO refund (mchid, refund_no, order_seq, channel_refund_no, amount_fen, wish,"
            " notify_url, made_at, settle_at, state, outcome)"
            " VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, 'PROCESSING', ?)",
            merchant.mchid,
            wish["out_refund_no"],
            order["seq"],
            wish["amount"]["refund"],
            told,
            wish.get("notify_url", ""),
            now,
            None if stays else now + SETTLED_AFTER_SECONDS,
            outcome,
        )
        number = f"5030{day_of(now).replace('-', '')}{seq:016d}"
        self._book.do("UPDATE refund SET channel_refund_no = ? WHERE seq = ?", number, seq)


def _check_wish(wish: Mapping[str, Any]) -> None:
    if not _NUMBER.fullmatch(str(wish.get("out_refund_no", ""))) or not wish.get("out_trade_no"):
        raise refused_parameter("单号格式错误")
    amount = wish.get("amount")
    if type(amount) is not dict or amount.get("currency") != "CNY":
        raise refused_parameter("amount 格式错误")
    for name in ("refund", "total"):
        if type(amount.get(name)) is not int or amount[name] <= 0:
            raise refused_parameter(f"amount.{name} 格式错误")
