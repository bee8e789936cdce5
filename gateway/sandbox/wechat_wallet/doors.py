"""The wallet's wire: which path does what, with the merchant's signature checked for real."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gateway.sandbox.neighbours.moments import shown_moment
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call, Reply, answered
from gateway.sandbox.wechat_wallet.merchants import KnownMerchant
from gateway.sandbox.wechat_wallet.notices import signed_headers
from gateway.sandbox.wechat_wallet.wallet import WalletState
from gateway.sandbox.wechat_wallet.wire import (
    SignError,
    authorization_parts,
    check_request,
    dump,
    refused_parameter,
    seal,
)

_PAY_PAGE = "/cgi-bin/mmpayweb-bin/checkmweb"
_NUMBER = r"(?P<number>[^/]+)"
_ROUTES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("create", "POST", re.compile(r"/v3/pay/transactions/(?P<product>native|jsapi|h5)")),
    ("close", "POST", re.compile(rf"/v3/pay/transactions/out-trade-no/{_NUMBER}/close")),
    ("query", "GET", re.compile(rf"/v3/pay/transactions/out-trade-no/{_NUMBER}")),
    ("refund", "POST", re.compile(r"/v3/refund/domestic/refunds")),
    ("query_refund", "GET", re.compile(rf"/v3/refund/domestic/refunds/{_NUMBER}")),
    ("keys", "GET", re.compile(r"/v3/certificates")),
    ("bill", "GET", re.compile(r"/v3/bill/tradebill")),
    ("download", "GET", re.compile(r"/v3/billdownload/file")),
)


class Doors:
    """Everything under /v3."""

    def __init__(self, state: WalletState) -> None:
        self._state = state
        self._acts: Mapping[str, Callable[[KnownMerchant, Call, Mapping[str, str]], Any]] = {
            "create": self._create,
            "close": self._close,
            "query": self._query,
            "refund": self._refund,
            "query_refund": self._query_refund,
            "keys": self._keys,
            "bill": self._bill,
            "download": self._download,
        }

    def answer(self, call: Call) -> Reply:
        """The reply, with every switch that is on having had its say."""
        if call.method == "GET" and urlsplit(call.target).path == _PAY_PAGE:
            return Reply(status=200, headers={"Content-Type": "text/html"}, body=b"<html></html>")
        kind, named = _route(call)
        return answered(self._state.faults, kind, lambda: self._signed(kind, call, named))

    def _signed(self, kind: str, call: Call, named: Mapping[str, str]) -> Reply:
        faults = self._state.faults
        status, body = self._outcome(kind, call, named)
        if faults.take("error_after_accepting", on=kind):
            status, body = 500, _refusal_body(Refusal(500, "SYSTEM_ERROR", "系统异常"))
        if kind == "download" and status == 200:
            return Reply(status=200, headers={"Content-Type": "application/gzip"}, body=body)
        asked = call.headers.get("wechatpay-serial")
        headers = signed_headers(
            self._state.keyring, faults, body, kind="answer", asked=asked, on=kind
        )
        if body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Reply(status=status, headers=headers, body=body)

    def _outcome(self, kind: str, call: Call, named: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            if self._state.faults.take("frequency_limited", on=kind):
                raise Refusal(429, "FREQUENCY_LIMITED", "频率超限")
            if self._state.faults.take("error_before_accepting", on=kind):
                raise Refusal(500, "SYSTEM_ERROR", "系统异常")
            merchant = self._merchant(call)
            if kind not in self._acts:
                raise Refusal(404, "RESOURCE_NOT_EXISTS", "路径不存在")
            made = self._acts[kind](merchant, call, named)
        except Refusal as refusal:
            return refusal.status, _refusal_body(refusal)
        if made is None:
            return 204, b""
        return 200, made if isinstance(made, bytes) else dump(made)

    def _merchant(self, call: Call) -> KnownMerchant:
        try:
            parts = authorization_parts(call.headers.get("authorization", ""))
            merchant = self._state.merchants.get(parts["mchid"])
            if merchant is None or merchant.serial != parts["serial_no"]:
                raise SignError("商户号或证书序列号不正确")
            check_request(
                parts,
                merchant.public_key,
                method=call.method,
                target=call.target,
                body=call.body,
                real_now=time.time(),
            )
        except SignError as wrong:
            raise Refusal(401, "SIGN_ERROR", str(wrong)) from None
        return merchant

    def _create(
        self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]
    ) -> dict[str, Any]:
        wish = _json(call)
        offer = self._state.orders.create(merchant, named["product"], wish, call.base_url)
        if self._state.faults.take("notice_before_create_returns"):
            self._state.orders.pay(merchant.mchid, wish["out_trade_no"])
            self._state.notices.do_due()
        return offer

    def _close(self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]) -> None:
        if _json(call).get("mchid") != merchant.mchid:
            raise refused_parameter("mchid 与签名商户不一致")
        self._state.orders.close(merchant.mchid, named["number"])
        self._state.ring()

    def _query(
        self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]
    ) -> dict[str, Any]:
        if _asked(call).get("mchid") != merchant.mchid:
            raise refused_parameter("mchid 与签名商户不一致")
        return self._state.orders.query(merchant.mchid, named["number"])

    def _refund(
        self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]
    ) -> dict[str, Any]:
        words = self._state.refunds.create(merchant, _json(call))
        self._state.ring()
        return words

    def _query_refund(
        self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]
    ) -> dict[str, Any]:
        self._state.refunds.do_due()
        return self._state.refunds.query(merchant.mchid, named["number"])

    def _keys(
        self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]
    ) -> dict[str, Any]:
        now = self._state.book.now()
        return {
            "data": [
                {
                    "serial_no": key.key_id,
                    "effective_time": shown_moment(now - 86400),
                    "expire_time": shown_moment(now + 5 * 365 * 86400),
                    "encrypt_certificate": seal(merchant.api_v3_key, key.public_pem, "certificate"),
                }
                for key in self._state.keyring.all()
                if key.style == "certificate"
            ]
        }

    def _bill(
        self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]
    ) -> dict[str, Any]:
        self._state.refunds.do_due()
        return self._state.bills.link(merchant.mchid, _asked(call), call.base_url)

    def _download(self, merchant: KnownMerchant, call: Call, named: Mapping[str, str]) -> bytes:
        return self._state.bills.download(merchant.mchid, _asked(call).get("token", ""))


def _route(call: Call) -> tuple[str, Mapping[str, str]]:
    path = urlsplit(call.target).path
    for kind, method, form in _ROUTES:
        found = form.fullmatch(path)
        if found and method == call.method:
            return kind, {name: unquote(value) for name, value in found.groupdict().items()}
    return "unknown", {}


def _asked(call: Call) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(call.target).query))


def _json(call: Call) -> dict[str, Any]:
    try:
        words = json.loads(call.body)
    except ValueError:
        raise refused_parameter("请求体不是JSON") from None
    if not isinstance(words, dict):
        raise refused_parameter("请求体不是JSON对象")
    return words


def _refusal_body(refusal: Refusal) -> bytes:
    return dump({"code": refusal.code, "message": refusal.message})
