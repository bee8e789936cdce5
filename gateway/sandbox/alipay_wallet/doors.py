"""The wallet's wire: one address for every method, with the seller's signature checked for real."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.sandbox.alipay_wallet.merchants import KnownMerchant
from gateway.sandbox.alipay_wallet.wallet import WalletState
from gateway.sandbox.alipay_wallet.wire import (
    check_request,
    node_text,
    parameters,
    refused,
    sign,
    whole,
)
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call, Reply, answered

_KINDS = {
    "alipay.trade.precreate": "create",
    "alipay.trade.create": "create",
    "alipay.trade.wap.pay": "page",
    "alipay.trade.query": "query",
    "alipay.trade.close": "close",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "query_refund",
    "alipay.data.dataservice.bill.downloadurl.query": "bill",
}
_JSON = {"Content-Type": "text/html;charset=utf-8"}
Act = Callable[[KnownMerchant, Mapping[str, str], dict[str, Any], str], dict[str, Any]]


class Doors:
    """/gateway.do, and the bills' own address."""

    def __init__(self, state: WalletState) -> None:
        self._state = state
        self._acts: Mapping[str, Act] = {
            "create": self._create,
            "page": self._create,
            "query": lambda merchant, _, wish, __: state.orders.query(
                merchant.seller_id, str(wish.get("out_trade_no", ""))
            ),
            "close": lambda merchant, _, wish, __: state.orders.close(
                merchant.seller_id, str(wish.get("out_trade_no", ""))
            ),
            "refund": self._refund,
            "query_refund": lambda merchant, _, wish, __: state.refunds.query(merchant, wish),
            "bill": lambda merchant, _, wish, base_url: state.bills.link(
                merchant.seller_id, wish, base_url
            ),
        }

    def answer(self, call: Call) -> Reply:
        """The reply, with every switch that is on having had its say."""
        parts = urlsplit(call.target)
        if parts.path == "/downloadBillFile.resource":
            return answered(self._state.faults, "download", lambda: self._download(parts.query))
        if parts.path != "/gateway.do":
            return Reply(status=404, headers=_JSON)
        values = parameters(parts.query, call.body)
        kind = _KINDS.get(values.get("method", ""), "unknown")
        return answered(self._state.faults, kind, lambda: self._told(kind, values, call))

    def _told(self, kind: str, values: Mapping[str, str], call: Call) -> Reply:
        take = self._state.faults.take
        name = values.get("method", "error").replace(".", "_") + "_response"
        if take("refused_unsigned", on=kind):
            words = _refusal_words(refused("40004", "ACQ.TRADE_NOT_EXIST", "交易不存在"))
            return Reply(status=200, headers=_JSON, body=whole(name, node_text(words), None))
        unknown = refused("20000", "isp.unknow-error", "服务暂不可用")
        if take("error_before_accepting", on=kind):
            words = _refusal_words(unknown)
        else:
            words = self._outcome(kind, values, call)
        if take("error_after_accepting", on=kind):
            words = _refusal_words(unknown)
        if kind == "page":
            return Reply(status=200 if words["code"] == "10000" else 400, body=b"<html></html>")
        return Reply(status=200, headers=_JSON, body=self._signed(kind, name, words))

    def _signed(self, kind: str, name: str, words: Mapping[str, Any]) -> bytes:
        take, ring = self._state.faults.take, self._state.keyring
        node = node_text(words)
        key = ring.rogue() if take("answer_unknown_key", on=kind) else ring.current()
        spoilt = node + " " if take("answer_bad_signature", on=kind) else node
        signature = None
        if not take("answer_unsigned", on=kind):
            signature = sign(key.private_pem, spoilt.encode())
        body = whole(name, node, signature)
        if take("answer_second_node", on=kind):
            forged = node_text({**words, "trade_status": "TRADE_SUCCESS"})
            body = f'{{"{name}":{forged},'.encode() + body[1:]
        return body

    def _outcome(self, kind: str, values: Mapping[str, str], call: Call) -> dict[str, Any]:
        try:
            merchant = self._merchant(values)
            act = self._acts.get(kind)
            if act is None:
                raise refused("40002", "isv.invalid-method", "不存在的方法名")
            words = act(merchant, values, _wish(values), call.base_url)
        except Refusal as refusal:
            return _refusal_words(refusal)
        return {"code": "10000", "msg": "Success", **words}

    def _merchant(self, values: Mapping[str, str]) -> KnownMerchant:
        for merchant in self._state.merchants.all().values():
            if merchant.app_id == values.get("app_id"):
                clocks = (time.time(), self._state.book.now())
                check_request(values, merchant.public_key, clocks=clocks)
                return merchant
        raise refused("40002", "isv.invalid-app-id", "无效的AppID参数")

    def _create(
        self, merchant: KnownMerchant, values: Mapping[str, str], wish: dict[str, Any], _: str
    ) -> dict[str, Any]:
        order = self._state.orders.take(
            merchant, values["method"], wish, values.get("notify_url", "")
        )
        if self._state.faults.take("notice_before_create_returns"):
            self._state.orders.pay(merchant.seller_id, order["order_no"])
            self._state.notices.do_due()
        if order["method"] == "alipay.trade.precreate":
            return {"out_trade_no": order["order_no"], "qr_code": order["qr_code"]}
        return {"out_trade_no": order["order_no"], "trade_no": order["trade_no"]}

    def _refund(
        self, merchant: KnownMerchant, _: Mapping[str, str], wish: dict[str, Any], __: str
    ) -> dict[str, Any]:
        words = self._state.refunds.create(merchant, wish)
        self._state.ring()
        return words

    def _download(self, query: str) -> Reply:
        content = self._state.bills.download(dict(parse_qsl(query)).get("token", ""))
        if content is None:
            return Reply(status=403, headers=_JSON)
        return Reply(status=200, headers={"Content-Type": "application/zip"}, body=content)


def _wish(values: Mapping[str, str]) -> dict[str, Any]:
    try:
        words = json.loads(values.get("biz_content", ""))
    except ValueError:
        words = None
    if not isinstance(words, dict):
        raise refused("40002", "isv.invalid-parameter", "biz_content 不是JSON对象")
    return words


def _refusal_words(refusal: Refusal) -> dict[str, Any]:
    messages = {20000: "Service Currently Unavailable", 40002: "Invalid Arguments"}
    return {
        "code": str(refusal.status),
        "msg": messages.get(refusal.status, "Business Failed"),
        "sub_code": refusal.code,
        "sub_msg": refusal.message,
    }
