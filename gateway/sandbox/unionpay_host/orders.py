"""银联's orders: taken from merchants or browsers, paid by payers, over by their time."""

import json
import re
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import SHANGHAI
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.unionpay_host.notices import Notices
from gateway.sandbox.unionpay_host.told import code_words, payment_words, settlement_day

_NUMBER = re.compile(r"[0-9A-Za-z]{8,40}")
_FRESH_SECONDS = 3600


class Orders:
    """Every order of every merchant."""

    def __init__(self, book: Book, faults: Faults, notices: Notices) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices

    def take(self, wish: Mapping[str, str]) -> sqlite3.Row:
        """The order of a wish; said again before it is paid it is the same, else a duplicate."""
        made_at = _moment(wish.get("txnTime", ""))
        expires_at = _moment(wish["payTimeout"]) if wish.get("payTimeout") else None
        self._check(wish, made_at, expires_at)
        told = json.dumps({name: wish[name] for name in sorted(wish) if name != "signature"})
        with self._book.change():
            known = self.find(wish["merId"], wish["orderId"], wish["txnTime"])
            if known is not None and (known["wish"] != told or known["state"] != "WAITING"):
                raise Refusal(200, "12", "重复交易")
            if known is None:
                self._add(wish, told, expires_at)
            return self.must_find(wish["merId"], wish["orderId"], wish["txnTime"])

    def find(self, mer_id: str, order_no: str, txn_time: str) -> sqlite3.Row | None:
        """The order known by all three."""
        return self._book.row(
            "SELECT * FROM orders WHERE mer_id = ? AND order_no = ? AND txn_time = ?",
            mer_id,
            order_no,
            txn_time,
        )

    def must_find(self, mer_id: str, order_no: str, txn_time: str) -> sqlite3.Row:
        """The order, or 34."""
        order = self.find(mer_id, order_no, txn_time)
        if order is None:
            raise Refusal(200, "34", "查无此交易")
        return order

    def query(self, order: sqlite3.Row) -> dict[str, str]:
        """What a query of the order is answered; of one nobody has paid: there is none (D)."""
        undecided = self._faults.take("answer_undecided")
        if undecided:
            return self._with_origin(order, str(undecided.get("code", "05")))
        if self._faults.take("answer_charged_late"):
            return self._with_origin(order, "42")
        if self._faults.take("answer_unknown_state"):
            return self._with_origin(order, "ZZ")
        if order["state"] == "WAITING":
            expired = order["expires_at"] is not None and order["expires_at"] <= self._book.now()
            if expired and self._faults.take("late_success_after_close"):
                self.pay(order["mer_id"], order["order_no"], late=True)
            code = self._book.setting("unpaid_code", "34")
            if code == "34":
                raise Refusal(200, "34", "查无此交易")
            return self._with_origin(order, code)
        words = self._with_origin(order, "00" if order["state"] == "PAID" else "01")
        if self._faults.take("answer_wrong_amount"):
            words["txnAmt"] = str(int(words["txnAmt"]) + 1)
        if self._faults.take("answer_wrong_merchant"):
            words["merId"] = "777290058110999"
        if self._faults.take("answer_wrong_currency"):
            words["currencyCode"] = "840"
        return words

    def pay(
        self, mer_id: str, order_no: str, *, amount_fen: int | None = None, late: bool = False
    ) -> dict[str, str]:
        """The payer pays; `late` even after its time. Paying twice is paying once."""
        with self._book.change():
            order = self._newest(mer_id, order_no)
            if order["state"] == "PAID":
                return payment_words(order)
            now = self._book.now()
            if order["expires_at"] is not None and order["expires_at"] <= now and not late:
                raise Refusal(400, "39", "交易不在受理时间范围内")
            self._book.do(
                "UPDATE orders SET state = 'PAID', transaction_no = ?, paid_fen = ?, paid_at = ?"
                " WHERE seq = ?",
                f"{settlement_day(now).replace('-', '')}{order['seq']:013d}",
                order["amount_fen"] if amount_fen is None else amount_fen,
                now,
                order["seq"],
            )
            order = self._newest(mer_id, order_no)
            self._notices.owe_payment(order)
        return payment_words(order)

    def fail(self, mer_id: str, order_no: str) -> dict[str, str]:
        """An attempt to pay comes to nothing; the order may still be paid."""
        with self._book.change():
            order = self._newest(mer_id, order_no)
            self._book.do(
                "UPDATE orders SET state = 'FAILED' WHERE seq = ? AND state = 'WAITING'",
                order["seq"],
            )
        return payment_words(self._newest(mer_id, order_no))

    def _newest(self, mer_id: str, order_no: str) -> sqlite3.Row:
        found = self._book.row(
            "SELECT * FROM orders WHERE mer_id = ? AND order_no = ? ORDER BY seq DESC",
            mer_id,
            order_no,
        )
        if found is None:
            raise Refusal(404, "34", "查无此交易")
        return found

    def _with_origin(self, order: sqlite3.Row, code: str) -> dict[str, str]:
        said = code_words(code)
        return {
            **payment_words(order),
            **code_words("00"),
            "origRespCode": said["respCode"],
            "origRespMsg": said["respMsg"],
        }

    def _check(self, wish: Mapping[str, str], made_at: float, expires_at: float | None) -> None:
        amount = wish.get("txnAmt", "")
        if not (_NUMBER.fullmatch(wish.get("orderId", "")) and amount.isdecimal() and int(amount)):
            raise Refusal(200, "10", "报文格式错误")
        if wish.get("currencyCode") != "156" or not wish.get("backUrl"):
            raise Refusal(200, "10", "报文格式错误")
        now = self._book.now()
        if abs(now - made_at) > _FRESH_SECONDS or (expires_at is not None and expires_at <= now):
            raise Refusal(200, "39", "txnTime无效")

    def _add(self, wish: Mapping[str, str], told: str, expires_at: float | None) -> None:
        self._book.add(
            "INSERT INTO orders (mer_id, order_no, txn_time, biz_type, amount_fen, reserved,"
            " notify_url, expires_at, wish, code, made_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'WAITING')",
            wish["merId"],
            wish["orderId"],
            wish["txnTime"],
            wish.get("bizType", ""),
            int(wish["txnAmt"]),
            wish.get("reqReserved", ""),
            wish["backUrl"],
            expires_at,
            told,
            secrets.token_hex(10),
            self._book.now(),
        )


def _moment(text: str) -> float:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI).timestamp()
    except ValueError:
        raise Refusal(200, "10", "报文格式错误") from None
