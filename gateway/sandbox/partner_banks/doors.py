"""A bank's wire: what is asked, whose signature it carries, what is answered, what goes wrong."""

import time
from collections.abc import Callable, Mapping

from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call, Reply, answered
from gateway.sandbox.partner_banks.bank import BankState
from gateway.sandbox.partner_banks.bills import token_of
from gateway.sandbox.partner_banks.notices import twist
from gateway.sandbox.partner_banks.speech import KnownMerchant, Words, refused


class Doors:
    """Everything merchants may ask."""

    def __init__(self, state: BankState) -> None:
        self._state = state
        self._acts: Mapping[str, Callable[[KnownMerchant, Words, str], Words]] = {
            "create": self._create,
            "query": self._query,
            "close": self._close,
            "refund": self._refund,
            "query_refund": self._query_refund,
            "keys": self._keys,
            "bill": self._bill,
            "pay_out": self._pay_out,
            "query_pay_out": self._query_pay_out,
            "statement": state.statements.link,
        }

    def answer(self, call: Call) -> Reply:
        """The reply, with every switch that is on having had its say."""
        act = self._state.speech.act_of(call)
        return answered(self._state.faults, act, lambda: self._reply(act, call))

    def _reply(self, act: str, call: Call) -> Reply:
        if act == "download":
            return self._file(call)
        code, words = self._outcome(act, call)
        if self._state.faults.take("error_after_accepting", on=act):
            code, words = "busy", {}
        manner = self._state.notices.manner("answer", on=act)
        said = self._state.speech.say(words, manner, code=code)
        return Reply(status=said.status, headers=said.headers, body=said.body)

    def _outcome(self, act: str, call: Call) -> tuple[str, Words]:
        faults, speech = self._state.faults, self._state.speech
        try:
            if faults.take("frequency_limited", on=act):
                raise refused("too_often")
            if faults.take("error_before_accepting", on=act):
                raise refused("busy")
            if act not in self._acts:
                raise refused("malformed", "无此交易")
            heard = speech.hear(call)
            merchant = self._state.merchants.get(str(heard.get("merchant_no", "")))
            if merchant is None:
                raise refused("merchant_unknown", "商户不存在")
            speech.check(call, merchant, time.time())
            return "ok", self._acts[act](merchant, heard, call.base_url)
        except Refusal as refusal:
            return refusal.code, {}

    def _create(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        offer = self._state.orders.create(merchant, heard, base_url)
        if self._state.faults.take("notice_before_create_returns"):
            self._state.orders.pay(merchant.merchant_no, heard["order_no"])
            self._state.notices.do_due()
        return offer

    def _query(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        words = self._state.order_words(merchant.merchant_no, heard.get("order_no", ""))
        twist(self._state.faults, "answer", words)
        return words

    def _close(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        words = self._state.orders.close(merchant.merchant_no, heard.get("order_no", ""))
        self._state.ring()
        return words

    def _refund(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        words = self._state.refunds.create(merchant, heard)
        self._state.ring()
        return words

    def _query_refund(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        self._state.refunds.do_due()
        return self._state.refunds.query(merchant.merchant_no, heard.get("refund_no", ""))

    def _keys(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        return {"keys": self._state.published_keys()}

    def _bill(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        self._state.refunds.do_due()
        return self._state.bills.link(
            merchant.merchant_no, str(heard.get("bill_day", "")), base_url
        )

    def _pay_out(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        words = self._state.payouts.create(merchant, heard)
        self._state.ring()
        return words

    def _query_pay_out(self, merchant: KnownMerchant, heard: Words, base_url: str) -> Words:
        self._state.payouts.do_due()
        words = self._state.payouts.query(merchant.merchant_no, str(heard.get("payout_no", "")))
        twist(self._state.faults, "answer", words)
        return words

    def _file(self, call: Call) -> Reply:
        try:
            content = self._state.bills.download(token_of(call.target.partition("&")[0]))
        except Refusal:
            return Reply(status=404)
        return Reply(status=200, headers={"Content-Type": "application/octet-stream"}, body=content)
