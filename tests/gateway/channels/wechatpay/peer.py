"""微信支付 for the contract suite: signs with the sandbox wallet's code, not with ours."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from gateway.channels.port import (
    BillLink,
    HttpRequest,
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)
from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.wechat_wallet.keyring import make_key
from gateway.sandbox.wechat_wallet.wire import dump, seal, signature_headers
from tests.gateway.channels.keys import curve_key_pem, merchant_key_pem, short_key_pem
from tests.gateway.channels.peer import DAY, NOW, ORDER_NO, REFUND_NO, Delivery, Peer
from tests.gateway.channels.wechatpay.bill_peer import bill_of

API_V3_KEY = b"0123456789abcdef0123456789abcdef"
MCHID, APPID = "1900000001", "wxd678efh567hg6787"
__all__ = ["API_V3_KEY", "APPID", "DAY", "MCHID", "NOW", "ORDER_NO", "REFUND_NO", "WeChatPeer"]


@cache
def platform_key(style: str, number: int = 0) -> SigningKey:
    """One of the platform's keys, made once a run."""
    return make_key(style)


class WeChatPeer(Peer):
    """The far end as the contract suite needs it: speaks truth, lies and half sentences."""

    name = "wechatpay"

    def __init__(self) -> None:
        self.certificate = platform_key("certificate")
        self.public_key = platform_key("public_key")

    def merchant(self, *keys: SigningKey) -> Merchant:
        """Our merchant row, holding the given platform keys (both styles when none are named)."""
        held = keys or (self.certificate, self.public_key)
        return Merchant(
            channel=self.name,
            merchant_no=MCHID,
            app_no=APPID,
            base_url="https://api.mch.weixin.qq.com",
            notify_url="https://gateway.example/notices/wechatpay",
            refund_notify_url="https://gateway.example/notices/wechatpay/refunds",
            signing_serial="5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
            signing_key_pem=merchant_key_pem(),
            shared_key=API_V3_KEY,
            platform_keys={key.key_id: key.public_pem for key in held},
        )

    def rotation(self) -> tuple[SigningKey, SigningKey]:
        """The old key and the new one of a rotation."""
        return self.certificate, self.public_key

    def payment_words(self, **changed: object) -> dict[str, object]:
        """A paid order in the channel's words."""
        amount = {
            "total": changed.pop("total", 5000),
            "payer_total": 5000,
            "currency": changed.pop("currency", "CNY"),
            "payer_currency": "CNY",
        }
        words: dict[str, object] = {
            "mchid": MCHID,
            "appid": APPID,
            "out_trade_no": ORDER_NO,
            "transaction_id": "4200002611202611210000000001",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": "2026-11-22T11:59:30+08:00",
            "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            "amount": amount,
        }
        return {**words, **changed}

    def refund_words(self, *, notice: bool, **changed: object) -> dict[str, object]:
        """A done refund in the channel's words."""
        amount: dict[str, object] = {
            "total": 5000,
            "refund": changed.pop("refund", 2000),
            "payer_total": 5000,
            "payer_refund": 2000,
        }
        if not notice:
            amount["currency"] = changed.pop("currency", "CNY")
        words: dict[str, object] = {
            "out_trade_no": ORDER_NO,
            "transaction_id": "4200002611202611210000000001",
            "out_refund_no": REFUND_NO,
            "refund_id": "50300002611202611210000000001",
            "refund_status" if notice else "status": changed.pop("state", "SUCCESS"),
            "success_time": "2026-11-22T11:59:40+08:00",
            "user_received_account": "支付用户零钱",
            "amount": amount,
        }
        if notice:
            words["mchid"] = MCHID
        return {**words, **changed}

    def expected_payment(self) -> PaymentFact:
        """What `payment_words` mean."""
        return PaymentFact(
            order_no=ORDER_NO,
            state=PaymentState.PAID,
            raw_state="SUCCESS",
            merchant_no=MCHID,
            app_no=APPID,
            transaction_no="4200002611202611210000000001",
            amount_fen=5000,
            payer_fen=5000,
            currency="CNY",
            paid_at=datetime(2026, 11, 22, 3, 59, 30, tzinfo=UTC),
            trade_type="JSAPI",
            payer_no="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        )

    def expected_refund(self) -> RefundFact:
        """What `refund_words` of a notice mean."""
        return RefundFact(
            refund_no=REFUND_NO,
            order_no=ORDER_NO,
            channel_refund_no="50300002611202611210000000001",
            state=RefundState.DONE,
            raw_state="SUCCESS",
            amount_fen=2000,
            total_fen=5000,
            merchant_no=MCHID,
            transaction_no="4200002611202611210000000001",
            done_at=datetime(2026, 11, 22, 3, 59, 40, tzinfo=UTC),
        )

    def payment_notice(
        self, *, key: SigningKey | None = None, seconds: int = 0, **changed: object
    ) -> Delivery:
        """Headers and body of a genuine notice of a payment, with the changed words in it."""
        body = self.envelope(self.payment_words(**changed), "TRANSACTION.SUCCESS")
        return self.signed(body, key=key, seconds=seconds)

    def refund_notice(self, **changed: object) -> tuple[dict[str, str], bytes]:
        """Headers and body of a genuine notice of a refund."""
        event = str(changed.pop("event", "REFUND.SUCCESS"))
        return self.signed(self.envelope(self.refund_words(notice=True, **changed), event))

    def payment_answer(self, **changed: object) -> HttpResponse:
        """A genuine answer to a query."""
        return self.answer(200, dump(self.payment_words(**changed)))

    def refund_answer(self, **changed: object) -> HttpResponse:
        """A genuine answer about a refund."""
        return self.answer(200, dump(self.refund_words(notice=False, **changed)))

    def foreign_payment_words(self) -> dict[str, dict[str, object]]:
        """Each compared field, changed."""
        return {
            "merchant": {"mchid": "1900000999"},
            "app": {"appid": "wx0000000000000000"},
            "currency": {"currency": "USD"},
        }

    def foreign_refund_notice_words(self) -> dict[str, dict[str, object]]:
        """Each compared field of a refund's notice, changed."""
        return {"merchant": {"mchid": "1900000999"}}

    def unknown_state_words(self) -> dict[str, object]:
        """A state nobody has heard of."""
        return {"trade_state": "MOONSTRUCK"}

    def unknown_refund_state_words(self) -> dict[str, object]:
        """A refund state nobody has heard of."""
        return {"state": "MOONSTRUCK"}

    def envelope(self, words: dict[str, object] | bytes, event: str) -> bytes:
        """A notice's body around sealed words."""
        kind = "refund" if event.startswith("REFUND.") else "transaction"
        plain = words if isinstance(words, bytes) else dump(words)
        return dump(
            {
                "id": "EV-2018022511223320873",
                "create_time": "2026-11-22T11:59:31+08:00",
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "通知",
                "resource": {"original_type": kind, **seal(API_V3_KEY, plain, kind)},
            }
        )

    def signed(
        self, body: bytes, *, key: SigningKey | None = None, seconds: int = 0
    ) -> tuple[dict[str, str], bytes]:
        """Signature headers of `key` over `body`, `seconds` away from NOW."""
        key = key or self.public_key
        stamp = int(NOW.timestamp()) + seconds
        return signature_headers(key.private_pem, key.key_id, body, stamp=stamp), body

    def answer(self, status: int, body: bytes, *, key: SigningKey | None = None) -> HttpResponse:
        """A signed answer, header names as the transport gives them."""
        headers, body = self.signed(body, key=key)
        lower = {name.lower(): value for name, value in headers.items()}
        return HttpResponse(status=status, headers=lower, body=body)

    def signed_nonsense(self, data: bytes) -> Delivery:
        """The bytes themselves, signed."""
        return self.signed(data)

    def answered_nonsense(self, data: bytes) -> HttpResponse:
        """The bytes themselves, signed."""
        return self.answer(200, data)

    def amount_words(self, amount_fen: int) -> dict[str, object]:
        """A whole number of fen."""
        return {"total": amount_fen}

    def impossible_amount_words(self) -> list[dict[str, object]]:
        """Text, fractions, truth values, less than nothing, more than anybody has."""
        return [{"total": total} for total in ("5000", 50.0, True, -1, 10**12, None, "50.00")]

    def other_algorithms(self) -> dict[str, Delivery]:
        """The signature type of other schemes over a signature that is right."""
        headers, body = self.payment_notice()
        names = ("none", "WECHATPAY2-SM2-WITH-SM3", "WECHATPAY2-SHA1-RSA2048", "HS256")
        return {name: ({**headers, "Wechatpay-Signature-Type": name}, body) for name in names}

    def merchants_with_wrong_keys(self) -> dict[str, Merchant]:
        """A curve's key, a short RSA key, and the shared secret, under the right names."""
        names = (self.certificate.key_id, self.public_key.key_id)
        pems = {"curve": curve_key_pem(), "short": short_key_pem(), "shared": API_V3_KEY}
        return {
            kind: replace(self.merchant(), platform_keys=dict.fromkeys(names, pem))
            for kind, pem in pems.items()
        }

    def secrets(self, merchant: Merchant, request: HttpRequest) -> list[str]:
        """The shared key and the signature."""
        return [merchant.shared_key.decode(), request.headers["Authorization"]]

    def answer_lies(self, response: HttpResponse) -> dict[str, HttpResponse]:
        """One header or one word changed."""
        headers = {name.title(): text for name, text in response.headers.items()}
        return {
            name: replace(
                response, headers={key.lower(): text for key, text in found.items()}, body=body
            )
            for name, (found, body) in self.lies(headers, response.body).items()
        }

    def cut_bills(self, amounts_fen: list[int]) -> Iterator[tuple[bytes, BillLink]]:
        """The plain file cut, its hash told of the piece."""
        content = bill_of(amounts_fen, mchid=MCHID, appid=APPID)
        for length in range(len(content.rstrip())):
            yield content[:length], self.link(content[:length])

    def unsigned(self, response: HttpResponse) -> HttpResponse:
        """The same answer without a signature."""
        return replace(response, headers={})

    def lies(self, headers: dict[str, str], body: bytes) -> dict[str, tuple[dict[str, str], bytes]]:
        """The same delivery with exactly one signed field changed, by the field's name."""
        found: dict[str, tuple[dict[str, str], bytes]] = {}
        changes = {
            "Wechatpay-Timestamp": str(int(headers["Wechatpay-Timestamp"]) + 1),
            "Wechatpay-Nonce": headers["Wechatpay-Nonce"][:-1] + "!",
            "Wechatpay-Serial": self.certificate.key_id,
            "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3",
            "Wechatpay-Signature": _flipped(headers["Wechatpay-Signature"]),
        }
        for name, value in changes.items():
            found[name] = ({**headers, name: value}, body)
            if name != "Wechatpay-Signature-Type":
                without = {other: text for other, text in headers.items() if other != name}
                found[f"no {name}"] = (without, body)
        words = json.loads(body)
        for path in _paths(words):
            found[".".join(path)] = (headers, dump(_with_changed(words, path)))
        return found

    def bill(self, amounts_fen: list[int]) -> tuple[bytes, BillLink]:
        """A day's bill of paid orders, gzipped, and its link."""
        content = bill_of(amounts_fen, mchid=MCHID, appid=APPID)
        return self.packed(content), self.link(content)

    def link(self, content: bytes) -> BillLink:
        """A link that names this content."""
        return BillLink(
            day=DAY,
            url="https://api.mch.weixin.qq.com/v3/billdownload/file?token=x",
            hash_type="SHA1",
            hash_hex=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        )

    def packed(self, content: bytes) -> bytes:
        """The content as it travels."""
        return gzip.compress(content, mtime=0)


def _flipped(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[100] ^= 1
    return base64.b64encode(bytes(raw)).decode()


def _paths(words: dict[str, object], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, value in words.items():
        here = (*before, name)
        found += _paths(value, here) if isinstance(value, dict) else [here]
    return found


def _with_changed(words: dict[str, object], path: tuple[str, ...]) -> dict[str, object]:
    copy = json.loads(json.dumps(words))
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = str(holder[path[-1]])[:-1] + "~"
    return copy
