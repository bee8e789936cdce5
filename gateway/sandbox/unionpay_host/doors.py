"""银联's wire: which address does what, with the merchant's signature checked for real."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call, Reply, answered
from gateway.sandbox.unionpay_host.host import HostState
from gateway.sandbox.unionpay_host.told import code_words
from gateway.sandbox.unionpay_host.wire import SignError, answer_body, check, words_of

_KINDS = {
    "/gateway/api/frontTransReq.do": "front",
    "/gateway/api/appTransReq.do": "create",
    "/gateway/api/backTransReq.do": "back",
    "/gateway/api/queryTrans.do": "query",
    "/": "bill",
}
_ECHOED = ("accessType", "bizType", "merId", "orderId", "txnTime", "txnType", "txnSubType")
_PAGE = "<!doctype html><meta charset=utf-8><title>银联沙箱</title><p>{text}</p>"


class Doors:
    """Everything merchants and payers' browsers post."""

    def __init__(self, state: HostState) -> None:
        self._state = state
        self._acts: Mapping[str, Callable[[Mapping[str, str]], dict[str, str]]] = {
            "create": self._create,
            "refund": state.refunds.take,
            "query": self._query,
            "query_refund": self._query,
            "bill": lambda wish: state.statements.file(wish["merId"], wish.get("settleDate", "")),
        }

    def answer(self, call: Call) -> Reply:
        """The reply, with every switch that is on having had its say."""
        kind = _KINDS.get(urlsplit(call.target).path, "unknown")
        try:
            wish = words_of(call.body)
        except ValueError:
            return Reply(status=400)
        if kind == "back":
            kind = "refund" if wish.get("txnType") == "04" else "create"
        if kind == "query" and self._is_refund(wish):
            kind = "query_refund"
        if call.method != "POST" or kind == "unknown":
            return Reply(status=404)
        if kind == "front":
            return self._front(wish)
        return answered(self._state.faults, kind, lambda: self._signed(kind, wish))

    def _signed(self, kind: str, wish: Mapping[str, str]) -> Reply:
        faults = self._state.faults
        if faults.take("no_gateway", on=kind):
            return Reply(status=502, body=b"<html>bad gateway</html>")
        unsigned = faults.take("refusal_unsigned", on=kind)
        if unsigned:
            return _plain(answer_body(code_words(str(unsigned.get("code", "11")))))
        words = self._outcome(kind, wish)
        undecided = faults.take("undecided", on=kind)
        if undecided:
            words |= code_words(str(undecided.get("code", "03")))
        self._state.ring()
        return _plain(answer_body(self._state.signer.signed(words, kind="answer", on=kind)))

    def _outcome(self, kind: str, wish: Mapping[str, str]) -> dict[str, str]:
        echo = {name: wish[name] for name in _ECHOED if wish.get(name)}
        try:
            refused = self._state.faults.take("refused", on=kind)
            if refused:
                raise Refusal(200, str(refused.get("code", "01")), "")
            if self._state.faults.take("busy", on=kind):
                raise Refusal(200, "06", "")
            self._check(wish)
            return {**echo, **code_words("00"), **self._acts[kind](wish)}
        except Refusal as refusal:
            told = {
                name: wish[name]
                for name in ("txnAmt", "origQryId", "reqReserved")
                if wish.get(name)
            }
            return {**echo, **told, **code_words(refusal.code)}

    def _check(self, wish: Mapping[str, str]) -> None:
        merchant = self._state.merchants.get(wish.get("merId", ""))
        if merchant is None:
            raise Refusal(200, "31", "商户状态不正确")
        if (wish.get("version"), wish.get("signMethod")) != ("5.1.0", "01"):
            raise Refusal(200, "10", "报文格式错误")
        if wish.get("certId") != merchant.certificate_no:
            raise Refusal(200, "11", "验证签名失败")
        try:
            check(wish, merchant.public_key)
        except SignError:
            raise Refusal(200, "11", "验证签名失败") from None

    def _create(self, wish: Mapping[str, str]) -> dict[str, str]:
        order = self._state.orders.take(wish)
        if self._state.faults.take("notice_before_create_returns"):
            self._state.orders.pay(order["mer_id"], order["order_no"])
            self._state.notices.do_due()
        if wish.get("txnSubType") == "07":
            return {"qrCode": f"https://qr.95516.com/00010000/{order['code']}"}
        return {"tn": order["code"].rjust(21, "0")[:21]}

    def _front(self, wish: Mapping[str, str]) -> Reply:
        """The cashier's page; the order is known from here on."""
        try:
            self._check(wish)
            self._state.orders.take(wish)
            text = f"订单 {wish['orderId']}，金额 {wish['txnAmt']} 分"
        except Refusal as refusal:
            text = f"{refusal.code} {code_words(refusal.code)['respMsg']}"
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return Reply(status=200, headers=headers, body=_PAGE.format(text=text).encode())

    def _query(self, wish: Mapping[str, str]) -> dict[str, str]:
        self._state.refunds.do_due()
        known = (wish["merId"], wish.get("orderId", ""), wish.get("txnTime", ""))
        refund = self._state.refunds.find(*known)
        if refund is not None:
            return self._state.refunds.query(refund)
        return self._state.orders.query(self._state.orders.must_find(*known))

    def _is_refund(self, wish: Mapping[str, str]) -> bool:
        known = (wish.get("merId", ""), wish.get("orderId", ""), wish.get("txnTime", ""))
        return self._state.refunds.find(*known) is not None


def _plain(body: bytes) -> Reply:
    return Reply(status=200, headers={"Content-Type": "text/html;charset=UTF-8"}, body=body)
