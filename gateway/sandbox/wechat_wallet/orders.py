"""The wallet's orders: taken from merchants, paid by payers, closed by merchants or by time."""

import json
import re
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.wechat_wallet.merchants import KnownMerchant
from gateway.sandbox.wechat_wallet.notices import Notices
from gateway.sandbox.wechat_wallet.wire import refused_parameter
from gateway.sandbox.wechat_wallet.words import transaction_words

_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")


class Orders:
    """Every order of every merchant."""

    def __init__(self, book: Book, faults: Faults, notices: Notices) -> None:
        self._book = book
        self._faults = faults
        self._notices = notices

    def create(
        self, merchant: KnownMerchant, product: str, wish: Mapping[str, Any], base_url: str
    ) -> dict[str, Any]:
        """Take an order; the same wish again gets the same answer, another wish is refused."""
        _check_wish(merchant, product, wish, self._book.now())
        told = json.dumps([product, wish], sort_keys=True)
        with self._book.change():
            order = self.find(merchant.mchid, wish["out_trade_no"])
            if order is None:
                self._take(merchant, product, wish, told)
                order = self.must_find(merchant.mchid, wish["out_trade_no"])
            else:
                _check_again(order, told)
        return _offer(order, base_url)

    def find(self, mchid: str, order_no: str) -> sqlite3.Row | None:
        """The order after its time has been looked at."""
        with self._book.change():
            now = self._book.now()
            self._book.do(
                "UPDATE orders SET state = 'CLOSED', closed_at = ? WHERE mchid = ?"
                " AND order_no = ? AND state = 'NOTPAY' AND expires_at <= ?",
                now,
                mchid,
                order_no,
                now,
            )
            return self._book.row(
                "SELECT * FROM orders WHERE mchid = ? AND order_no = ?", mchid, order_no
            )

    def must_find(self, mchid: str, order_no: str) -> sqlite3.Row:
        """The order, or 404 ORDER_NOT_EXIST."""
        order = self.find(mchid, order_no)
        if order is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        return order

    def query(self, mchid: str, order_no: str) -> dict[str, Any]:
        """The order in the wire's words."""
        words = transaction_words(self.must_find(mchid, order_no))
        if self._faults.take("answer_wrong_amount"):
            words["amount"]["total"] += 1
        if self._faults.take("answer_wrong_mchid"):
            words["mchid"] = "1900000999"
        if self._faults.take("answer_wrong_appid"):
            words["appid"] = "wx0000000000000000"
        if self._faults.take("answer_wrong_currency"):
            words["amount"]["currency"] = "USD"
        if self._faults.take("answer_unknown_state"):
            words["trade_state"] = "MOONSTRUCK"
        return words

    def close(self, mchid: str, order_no: str) -> None:
        """Nobody can pay it any more, unless the late-success switch is on."""
        with self._book.change():
            order = self.must_find(mchid, order_no)
            if order["state"] in ("SUCCESS", "REFUND"):
                raise Refusal(400, "ORDERPAID", "订单已支付")
            if order["state"] != "NOTPAY":
                raise Refusal(400, "ORDER_CLOSED", "订单已关闭")
            self._book.do(
                "UPDATE orders SET state = 'CLOSED', closed_at = ? WHERE seq = ?",
                self._book.now(),
                order["seq"],
            )
            if self._faults.take("late_success_after_close"):
                self.pay(mchid, order_no, late=True)

    def pay(
        self,
        mchid: str,
        order_no: str,
        *,
        amount_fen: int | None = None,
        late: bool = False,
        payer_no: str | None = None,
    ) -> dict[str, Any]:
        """The payer pays; `late` even after the order was closed. Paying twice is paying once."""
        with self._book.change():
            order = self.must_find(mchid, order_no)
            if order["state"] in ("SUCCESS", "REFUND"):
                return transaction_words(order)
            if order["state"] != "NOTPAY" and not (late and order["state"] == "CLOSED"):
                raise Refusal(400, "ORDER_CLOSED", "订单已关闭")
            now = self._book.now()
            self._book.do(
                "UPDATE orders SET state = 'SUCCESS', transaction_no = ?, paid_fen = ?,"
                " paid_at = ?, openid = coalesce(openid, ?) WHERE seq = ?",
                f"4200{day_of(now).replace('-', '')}{order['seq']:016d}",
                order["amount_fen"] if amount_fen is None else amount_fen,
                now,
                payer_no or f"sandbox-payer-{secrets.token_hex(4)}",
                order["seq"],
            )
            order = self.must_find(mchid, order_no)
            self._notices.owe_payment(order, parked=bool(self._faults.take("reordered_notices")))
        return transaction_words(order)

    def reverse(self, mchid: str, order_no: str) -> dict[str, Any]:
        """The channel takes the payment back: REVOKED."""
        with self._book.change():
            order = self.must_find(mchid, order_no)
            if order["state"] not in ("NOTPAY", "SUCCESS"):
                raise Refusal(400, "ORDER_CLOSED", "订单已关闭")
            self._book.do("UPDATE orders SET state = 'REVOKED' WHERE seq = ?", order["seq"])
        return transaction_words(self.must_find(mchid, order_no))

    def _take(
        self, merchant: KnownMerchant, product: str, wish: Mapping[str, Any], told: str
    ) -> None:
        now = self._book.now()
        expires_at = wish.get("time_expire")
        self._book.add(
            "INSERT INTO orders (mchid, order_no, appid, product, amount_fen, description, attach,"
            " notify_url, openid, expires_at, wish, prepay_id, made_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY')",
            merchant.mchid,
            wish["out_trade_no"],
            wish["appid"],
            product,
            wish["amount"]["total"],
            wish["description"],
            wish.get("attach", ""),
            wish["notify_url"],
            wish.get("payer", {}).get("openid"),
            datetime.fromisoformat(expires_at).timestamp() if expires_at else now + 7200,
            told,
            "wx" + secrets.token_hex(17),
            now,
        )


def _check_again(order: sqlite3.Row, told: str) -> None:
    if order["state"] in ("SUCCESS", "REFUND"):
        raise Refusal(400, "ORDERPAID", "订单已支付")
    if order["state"] != "NOTPAY":
        raise Refusal(400, "ORDER_CLOSED", "订单已关闭")
    if order["wish"] != told:
        raise Refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")


def _offer(order: sqlite3.Row, base_url: str) -> dict[str, Any]:
    if order["product"] == "jsapi":
        return {"prepay_id": order["prepay_id"]}
    if order["product"] == "native":
        return {"code_url": f"weixin://wxpay/bizpayurl?pr={order['prepay_id'][2:12]}"}
    return {"h5_url": f"{base_url}/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={order['prepay_id']}"}


def _check_wish(merchant: KnownMerchant, product: str, wish: Mapping[str, Any], now: float) -> None:
    if wish.get("mchid") != merchant.mchid:
        raise refused_parameter("mchid 与签名商户不一致")
    if wish.get("appid") not in merchant.appids:
        raise Refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")
    if not _NUMBER.fullmatch(str(wish.get("out_trade_no", ""))):
        raise refused_parameter("out_trade_no 格式错误")
    description = wish.get("description")
    if type(description) is not str or not 0 < len(description) <= 127:
        raise refused_parameter("description 格式错误")
    if not str(wish.get("notify_url", "")).startswith(("http://", "https://")):
        raise refused_parameter("notify_url 格式错误")
    amount = wish.get("amount")
    if type(amount) is not dict or amount.get("currency", "CNY") != "CNY":
        raise refused_parameter("amount.currency 格式错误")
    if type(amount.get("total")) is not int or amount["total"] <= 0:
        raise refused_parameter("amount 格式错误")
    if product == "jsapi" and not (wish.get("payer") or {}).get("openid"):
        raise refused_parameter("payer.openid 缺失")
    if product == "h5" and not (wish.get("scene_info") or {}).get("payer_client_ip"):
        raise refused_parameter("scene_info.payer_client_ip 缺失")
    _check_expiry(wish.get("time_expire"), now)


def _check_expiry(text: Any, now: float) -> None:
    if text is None:
        return
    try:
        expires_at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise refused_parameter("time_expire 格式错误") from None
    if expires_at.tzinfo is None or expires_at.timestamp() <= now:
        raise refused_parameter("time_expire 已过期或无时区")
