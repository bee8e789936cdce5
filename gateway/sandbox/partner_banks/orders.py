"""A bank's orders: taken from merchants, paid by payers, closed by merchants or by time."""

import json
import re
import sqlite3
from collections.abc import Mapping

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of
from gateway.sandbox.partner_banks.notices import Notices
from gateway.sandbox.partner_banks.rows import order_words
from gateway.sandbox.partner_banks.speech import KnownMerchant, Words, refused

_NUMBER = re.compile(r"[0-9A-Za-z_-]{6,32}")
_WISH = ("order_no", "app_no", "product", "amount_fen", "description", "notify_url", "expires_at")


class Orders:
    """Every order of every merchant."""

    def __init__(
        self, book: Book, faults: Faults, notices: Notices, pages: Mapping[str, str]
    ) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices
        self._pages = pages

    def create(self, merchant: KnownMerchant, wish: Words, base_url: str) -> Words:
        """Take an order; the same wish again gets the same answer, another wish is refused."""
        self._check(merchant, wish)
        told = json.dumps([wish[name] for name in _WISH])
        with self._book.change():
            order = self.find(merchant.merchant_no, wish["order_no"])
            if order is None:
                self._take(merchant, wish, told)
                order = self.must_find(merchant.merchant_no, wish["order_no"])
            elif order["wish"] != told:
                raise refused("order_differs", "订单号重复且要素不一致")
            elif order["state"] in ("PAID", "REFUNDED"):
                raise refused("order_paid", "订单已支付")
            elif order["state"] != "WAITING":
                raise refused("order_closed", "订单已关闭")
        words: Words = {name: order[name] for name in ("merchant_no", "app_no", "order_no")}
        page = f"{base_url}/cashier/{order['order_no']}"
        return words | {self._pages[order["product"]]: page}

    def find(self, merchant_no: str, order_no: str) -> sqlite3.Row | None:
        """The order after its time has been looked at."""
        with self._book.change():
            now = self._book.now()
            self._book.do(
                "UPDATE orders SET state = 'CLOSED', closed_at = ? WHERE merchant_no = ?"
                " AND order_no = ? AND state = 'WAITING' AND expires_at <= ?",
                now,
                merchant_no,
                order_no,
                now,
            )
            return self._book.row(
                "SELECT * FROM orders WHERE merchant_no = ? AND order_no = ?",
                merchant_no,
                order_no,
            )

    def must_find(self, merchant_no: str, order_no: str) -> sqlite3.Row:
        """The order, or a refusal."""
        order = self.find(merchant_no, order_no)
        if order is None:
            raise refused("order_unknown", "订单不存在")
        return order

    def close(self, merchant_no: str, order_no: str) -> Words:
        """Nobody can pay it any more, unless the late-success switch is on."""
        with self._book.change():
            order = self.must_find(merchant_no, order_no)
            if order["state"] in ("PAID", "REFUNDED"):
                raise refused("order_paid", "订单已支付")
            if order["state"] != "WAITING":
                raise refused("order_closed", "订单已关闭")
            self._book.do(
                "UPDATE orders SET state = 'CLOSED', closed_at = ? WHERE seq = ?",
                self._book.now(),
                order["seq"],
            )
            if self._faults.take("late_success_after_close"):
                self.pay(merchant_no, order_no, late=True)
        return {name: order[name] for name in ("merchant_no", "app_no", "order_no")}

    def pay(
        self,
        merchant_no: str,
        order_no: str,
        *,
        amount_fen: int | None = None,
        late: bool = False,
        payer_no: str | None = None,
    ) -> Words:
        """The payer pays; `late` even after the order was closed. Paying twice is paying once."""
        with self._book.change():
            order = self.must_find(merchant_no, order_no)
            if order["state"] in ("PAID", "REFUNDED"):
                return order_words(order)
            if order["state"] != "WAITING" and not (late and order["state"] == "CLOSED"):
                raise refused("order_closed", "订单已关闭")
            now = self._book.now()
            day = day_of(now).replace("-", "")
            serial = f"{order['seq']:012d}"
            self._book.do(
                "UPDATE orders SET state = 'PAID', transaction_no = ?, serial_day = ?,"
                " serial = ?, paid_fen = ?, paid_at = ?, payer_no = ?, payer_name = ?"
                " WHERE seq = ?",
                f"{day}{serial}",
                day,
                serial,
                order["amount_fen"] if amount_fen is None else amount_fen,
                now,
                payer_no or "6222********0001",
                "䶮某",
                order["seq"],
            )
            order = self.must_find(merchant_no, order_no)
            self._notices.owe_payment(order, parked=bool(self._faults.take("reordered_notices")))
        return order_words(order)

    def reverse(self, merchant_no: str, order_no: str) -> Words:
        """The bank takes the payment back the same day: a new line of the bill."""
        with self._book.change():
            order = self.must_find(merchant_no, order_no)
            if order["state"] not in ("WAITING", "PAID"):
                raise refused("order_closed", "订单已关闭")
            self._book.do(
                "UPDATE orders SET state = 'REVERSED', reversed_at = ? WHERE seq = ?",
                self._book.now(),
                order["seq"],
            )
        return order_words(self.must_find(merchant_no, order_no))

    def _check(self, merchant: KnownMerchant, wish: Words) -> None:
        missing = [name for name in _WISH if name not in wish]
        if missing:
            raise refused("malformed", f"缺少 {missing}")
        if wish["app_no"] != merchant.app_no:
            raise refused("merchant_unknown", "渠道号与商户不符")
        if not _NUMBER.fullmatch(wish["order_no"]) or wish["product"] not in self._pages:
            raise refused("malformed", "订单号或产品错误")
        if type(wish["amount_fen"]) is not int or wish["amount_fen"] <= 0:
            raise refused("malformed", "金额错误")
        if not str(wish["notify_url"]).startswith(("http://", "https://")):
            raise refused("malformed", "通知地址错误")
        if wish["expires_at"] <= self._book.now():
            raise refused("malformed", "订单已过有效期")

    def _take(self, merchant: KnownMerchant, wish: Words, told: str) -> None:
        self._book.add(
            "INSERT INTO orders (merchant_no, order_no, app_no, product, amount_fen, description,"
            " notify_url, expires_at, wish, made_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'WAITING')",
            merchant.merchant_no,
            *(wish[name] for name in _WISH),
            told,
            self._book.now(),
        )
