"""支付宝 for the contract suite: signs with the sandbox wallet's code, not with ours."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import parse_qsl, urlencode

from gateway.channels.port import (
    Asked,
    BillLink,
    HttpRequest,
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)
from gateway.sandbox.alipay_wallet.keyring import make_key
from gateway.sandbox.alipay_wallet.wire import node_text, sign, signed_form, whole
from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.moments import plain_moment
from gateway.sandbox.neighbours.yuan import yuan
from tests.gateway.channels.alipay.bill_peer import bill_of, texts_of
from tests.gateway.channels.keys import curve_key_pem, merchant_key_pem, short_key_pem
from tests.gateway.channels.peer import DAY, NOW, ORDER_NO, REFUND_NO, Delivery, Peer

SELLER, APP = "2088102147948060", "2014072300007148"
TRADE_NO = "2026112222001400000000000001"
QUERY, REFUND, REFUND_QUERY = (
    "alipay_trade_query_response",
    "alipay_trade_refund_response",
    "alipay_trade_fastpay_refund_query_response",
)
ASKED = Asked(order_no=ORDER_NO)
ASKED_REFUND = Asked(order_no=ORDER_NO, refund_no=REFUND_NO, amount_fen=2000, total_fen=5000)


@cache
def platform_key(number: int) -> SigningKey:
    """One of the platform's keys, made once a run."""
    return make_key("key")


class AlipayPeer(Peer):
    """The far end as the contract suite needs it."""

    name = "alipay"
    fresh_for = None
    names_its_keys = False
    signs_raw_bytes = False
    pushes_refunds = False

    def merchant(self, *keys: SigningKey) -> Merchant:
        """Our merchant row in key mode."""
        held = keys or self.rotation()
        return Merchant(
            channel=self.name,
            merchant_no=SELLER,
            app_no=APP,
            base_url="https://openapi.alipay.com",
            notify_url="https://gateway.example/callbacks/alipay",
            refund_notify_url="https://gateway.example/callbacks/alipay",
            signing_serial="",
            signing_key_pem=merchant_key_pem(),
            platform_keys={key.key_id: key.public_pem for key in held},
        )

    def foreign_merchant(self) -> Merchant:
        """Another seller."""
        return replace(self.merchant(), merchant_no="2088999999999999")

    def rotation(self) -> tuple[SigningKey, SigningKey]:
        """Two keys."""
        return platform_key(0), platform_key(1)

    def expected_payment(self) -> PaymentFact:
        """What a notice and a query tell alike."""
        return PaymentFact(
            order_no=ORDER_NO,
            state=PaymentState.PAID,
            raw_state="TRADE_SUCCESS",
            merchant_no=SELLER,
            app_no=APP,
            transaction_no=TRADE_NO,
            amount_fen=5000,
            payer_fen=4990,
            currency="CNY",
            paid_at=datetime(2026, 11, 22, 3, 59, 30, tzinfo=UTC),
            payer_no="2088101117955611",
        )

    def expected_refund(self) -> RefundFact:
        """What the answer to a refund means."""
        return RefundFact(
            refund_no=REFUND_NO,
            order_no=ORDER_NO,
            channel_refund_no="",
            state=RefundState.DONE,
            raw_state="fund_change=Y",
            amount_fen=2000,
            total_fen=5000,
            transaction_no=TRADE_NO,
            currency="CNY",
            done_at=datetime(2026, 11, 22, 3, 59, 40, tzinfo=UTC),
        )

    def notice_words(self, **changed: str | None) -> dict[str, str]:
        """A paid trade as a notice tells it; None leaves a word out."""
        words = {
            "notify_time": "2026-11-22 12:00:00",
            "notify_type": "trade_status_sync",
            "notify_id": "ac05099524730693a8b330c5ecf72da9786",
            "app_id": APP,
            "auth_app_id": APP,
            "charset": "utf-8",
            "version": "1.0",
            "trade_no": TRADE_NO,
            "out_trade_no": ORDER_NO,
            "buyer_id": "2088101117955611",
            "seller_id": SELLER,
            "trade_status": "TRADE_SUCCESS",
            "total_amount": "50.00",
            "receipt_amount": "50.00",
            "buyer_pay_amount": "49.90",
            "subject": "交通卡充值",
            "gmt_create": "2026-11-22 11:59:00",
            "gmt_payment": "2026-11-22 11:59:30",
            "fund_bill_list": '[{"amount":"50.00","fundChannel":"ALIPAYACCOUNT"}]',
        }
        return {name: text for name, text in {**words, **changed}.items() if text is not None}

    def payment_notice(
        self, *, key: SigningKey | None = None, seconds: int = 0, **changed: str | None
    ) -> Delivery:
        """A genuine notice, its words in one message."""
        sent = plain_moment((NOW + timedelta(seconds=seconds)).timestamp())
        return self.form({**self.notice_words(**changed), "notify_time": sent}, key=key)

    def form(
        self, words: dict[str, str], *, key: SigningKey | None = None, sign_type: str = "RSA2"
    ) -> Delivery:
        """Words as a signed form."""
        signed = signed_form((key or platform_key(1)).private_pem, words, sign_type=sign_type)
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(signed).encode()

    def query_words(self, **changed: object) -> dict[str, object]:
        """A paid trade as a query's answer tells it; None leaves a word out."""
        words: dict[str, object] = {
            "code": "10000",
            "msg": "Success",
            "trade_no": TRADE_NO,
            "out_trade_no": ORDER_NO,
            "buyer_logon_id": "159****5620",
            "buyer_user_id": "2088101117955611",
            "trade_status": "TRADE_SUCCESS",
            "total_amount": "50.00",
            "buyer_pay_amount": "49.90",
            "send_pay_date": "2026-11-22 11:59:30",
            "store_name": 'A/"{[\\ 店',
            "fund_bill_list": [{"fund_channel": "ALIPAYACCOUNT", "amount": "50.00"}],
        }
        return {name: value for name, value in {**words, **changed}.items() if value is not None}

    def payment_answer(self, **changed: object) -> HttpResponse:
        """A genuine answer to a query."""
        return self.answer(QUERY, self.query_words(**changed))

    def refund_answer(self, **changed: object) -> HttpResponse:
        """A genuine answer to a refund, or with a `refund_status` to a question about it."""
        words: dict[str, object] = {
            "code": "10000",
            "msg": "Success",
            "trade_no": TRADE_NO,
            "out_trade_no": ORDER_NO,
            "gmt_refund_pay": "2026-11-22 11:59:40",
        }
        if "refund_status" in changed:
            name = REFUND_QUERY
            words |= {"out_request_no": REFUND_NO, "total_amount": "50.00"}
            words["refund_amount"] = "20.00"
        else:
            name = REFUND
            words |= {"fund_change": "Y", "refund_fee": "20.00"}
        told = {key: value for key, value in {**words, **changed}.items() if value is not None}
        return self.answer(name, told, asked=ASKED_REFUND)

    def answer(
        self,
        name: str,
        words: dict[str, object],
        *,
        asked: Asked = ASKED,
        key: SigningKey | None = None,
    ) -> HttpResponse:
        """A signed answer around these words."""
        return self.around(name, node_text(words), asked=asked, key=key)

    def around(
        self, name: str, node: str, *, asked: Asked = ASKED, key: SigningKey | None = None
    ) -> HttpResponse:
        """A signed answer around this very text."""
        signature = sign((key or platform_key(1)).private_pem, node.encode())
        return HttpResponse(status=200, headers={}, body=whole(name, node, signature), asked=asked)

    def signed_nonsense(self, data: bytes) -> Delivery:
        """The bytes as the value of a word, signed."""
        return self.form({"charset": "utf-8", "version": "1.0", "biz": data.decode("latin-1")})

    def answered_nonsense(self, data: bytes) -> HttpResponse:
        """The bytes in the node's place, signed; JSON only by chance."""
        return self.around(QUERY, data.decode("utf-8", "replace"))

    def unsigned(self, response: HttpResponse) -> HttpResponse:
        """The same answer without its sign."""
        head = response.body.rpartition(b',"sign":')[0]
        return replace(response, body=head + b"}")

    def lies(self, headers: dict[str, str], body: bytes) -> dict[str, Delivery]:
        """Each word changed, each word missing, one word more."""
        words = dict(parse_qsl(body.decode(), keep_blank_values=True))
        found: dict[str, dict[str, str]] = {
            "one more": {**words, "refund_fee": "1.00"},
            "one more, empty": {**words, "refund_fee": ""},
        }
        for name, value in words.items():
            changed = _flipped(value) if name == "sign" else f"{value[:-1]}~"
            found[name] = {**words, name: changed}
            found[f"no {name}"] = {key: text for key, text in words.items() if key != name}
        return {name: (headers, urlencode(lie).encode()) for name, lie in found.items()}

    def answer_lies(self, response: HttpResponse) -> dict[str, HttpResponse]:
        """Each word changed, the sign changed, the words printed anew, a second node before."""
        whole_words = json.loads(response.body)
        node, signature = whole_words[QUERY], whole_words["sign"]
        found = {"sign": whole(QUERY, node_text(node), _flipped(signature))}
        for name, value in node.items():
            other = [*value, {}] if isinstance(value, list) else f"{value[:-1]}~"
            found[name] = whole(QUERY, node_text({**node, name: other}), signature)
        found["printed anew"] = whole(QUERY, json.dumps(node), signature)
        found["one more"] = whole(QUERY, node_text({**node, "x": "y"}), signature)
        found["before"] = b'{"' + QUERY.encode() + b'":{},' + response.body[1:]
        return {name: replace(response, body=body) for name, body in found.items()}

    def other_algorithms(self) -> dict[str, Delivery]:
        """SHA1, truly signed; and RSA2's signature under other names or none."""
        headers, body = self.payment_notice()
        words = dict(parse_qsl(body.decode()))
        found = {"RSA": self.form(self.notice_words(), sign_type="RSA")}
        for name in ("none", "", "rsa2", "MD5", "SM2", "RSA"):
            lie = urlencode({**words, "sign_type": name}).encode()
            found[f"{name or 'empty'} over RSA2"] = (headers, lie)
        return found

    def merchants_with_wrong_keys(self) -> dict[str, Merchant]:
        """A curve's key, a short RSA key and text, under the right names."""
        names = [key.key_id for key in self.rotation()]
        pems = {"curve": curve_key_pem(), "short": short_key_pem(), "text": b"no key"}
        return {
            kind: replace(self.merchant(), platform_keys=dict.fromkeys(names, pem))
            for kind, pem in pems.items()
        }

    def amount_words(self, amount_fen: int) -> dict[str, str]:
        """Yuan with two decimals."""
        return {"total_amount": yuan(amount_fen)}

    def impossible_amount_words(self) -> list[dict[str, str | None]]:
        """What is not plainly yuan with at most two decimals."""
        texts = ("50.001", "-50.00", "5e1", "５０.00", "50,00", " 50.00", "1,000.00", "", None)
        return [{"total_amount": text} for text in texts]

    def foreign_payment_words(self) -> dict[str, dict[str, str]]:
        """Each compared field, changed."""
        return {
            "seller": {"seller_id": "2088999999999999"},
            "app": {"app_id": "2014000000000000"},
            "authorised app": {"auth_app_id": "2014000000000000"},
            "currency": {"trans_currency": "USD"},
        }

    def foreign_answer_words(self) -> dict[str, dict[str, str]]:
        """Answers tell neither seller nor app: the key is this app's own. The order they tell."""
        return {
            "order": {"out_trade_no": "018f3c2e9b7a7c3d8e4f5a6b7c8d9eff"},
            "currency": {"pay_currency": "USD"},
        }

    def unknown_state_words(self) -> dict[str, str]:
        """A state nobody has heard of."""
        return {"trade_status": "MOONSTRUCK"}

    def unknown_refund_state_words(self) -> dict[str, str]:
        """A refund state nobody has heard of."""
        return {"refund_status": "MOONSTRUCK"}

    def bill(self, amounts_fen: list[int]) -> tuple[bytes, BillLink]:
        """A day's bill of paid orders, zipped."""
        return bill_of(SELLER, *texts_of(SELLER, amounts_fen)), self.link()

    def cut_bills(self, amounts_fen: list[int]) -> Iterator[tuple[bytes, BillLink]]:
        """Either text cut at every character up to its sums, zipped whole again."""
        detail_text, summary_text = texts_of(SELLER, amounts_fen)
        for length in range(detail_text.index("#导出时间") - 2):
            yield bill_of(SELLER, detail_text[:length], summary_text), self.link()
        last = summary_text.index("\r\n#", summary_text.index("合计\t"))
        for length in range(last):
            yield bill_of(SELLER, detail_text, summary_text[:length]), self.link()

    def link(self) -> BillLink:
        """A link as the channel prints it."""
        return BillLink(
            day=DAY, url="http://dwbillcenter.alipay.com/downloadBillFile.resource?token=x"
        )

    def secrets(self, merchant: Merchant, request: HttpRequest) -> list[str]:
        """The signature, which travels in the address."""
        return [request.url.rpartition("sign=")[2], request.url]


def _flipped(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[100] ^= 1
    return base64.b64encode(bytes(raw)).decode()
