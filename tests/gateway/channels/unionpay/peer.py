"""银联 for the contract suite: signs with the sandbox's code and certificates, not with ours."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

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
from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.unionpay_host import authority, statements, wire
from tests.gateway.channels import peer
from tests.gateway.channels.peer import DAY, ORDER_NO, REFUND_NO, Delivery

HOLDER = "中国银联股份有限公司"
MER_ID = "777290058110048"
QUERY_ID, REFUND_QUERY_ID = "442411221159301234568", "442411221159401234578"
FORM = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}


@cache
def root(name: str) -> authority.Authority:
    """One of CFCA's roots with its intermediate, made once a run."""
    return authority.establish(name)


@cache
def key_under(name: str) -> SigningKey:
    """银联's key with a genuine certificate under that root."""
    return authority.signing_key(root(name), holder=HOLDER)


@cache
def forged(how: str) -> SigningKey:
    """A key whose certificate is not 银联's, though it says so."""
    made: SigningKey = authority.forgeries(root("first"), HOLDER)[how]()
    return made


@cache
def merchant_key_pem() -> bytes:
    """Our own private key, made once a run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class UnionPayPeer(peer.Peer):
    """The far end: truth, lies and half sentences in acp's words."""

    name = "unionpay"
    fresh_for = None
    names_its_keys = False
    signs_raw_bytes = False
    tells_when_signed = False
    row_holds_its_keys = False

    def merchant(self, *keys: SigningKey) -> Merchant:
        held = keys or (key_under("first"), key_under("second"))
        return Merchant(
            channel=self.name,
            merchant_no=MER_ID,
            app_no="unionpay-app",
            base_url="https://gateway.95516.com",
            notify_url="https://gateway.example/notices/unionpay",
            refund_notify_url="https://gateway.example/notices/unionpay",
            signing_serial="68759663125",
            signing_key_pem=merchant_key_pem(),
            platform_keys={},
            trusted_roots_pem=b"".join(key.public_pem for key in held),
            options={
                "front_url": "https://gateway.example/paid",
                "statement_url": "https://filedownload.95516.com/",
            },
        )

    def rotation(self) -> tuple[SigningKey, SigningKey]:
        return key_under("first"), key_under("second")

    def payment_words(self, **changed: str) -> dict[str, str]:
        """A paid order in acp's words."""
        return {
            "accNo": "6216***********0018",
            "accessType": "0",
            "bizType": "000201",
            "currencyCode": "156",
            "merId": MER_ID,
            "orderId": ORDER_NO,
            "queryId": QUERY_ID,
            "reqReserved": "{a=aaa&b={c=ccc}}",
            "respCode": "00",
            "respMsg": "成功[0000000]",
            "settleAmt": "5000",
            "settleCurrencyCode": "156",
            "settleDate": "1122",
            "traceNo": "123456",
            "traceTime": "1122115930",
            "txnAmt": "5000",
            "txnSubType": "01",
            "txnTime": "20261122115500",
            "txnType": "01",
            **changed,
        }

    def refund_words(self, **changed: str) -> dict[str, str]:
        """A done refund in acp's words."""
        return {
            "accessType": "0",
            "bizType": "000201",
            "currencyCode": "156",
            "merId": MER_ID,
            "orderId": REFUND_NO,
            "origQryId": QUERY_ID,
            "queryId": REFUND_QUERY_ID,
            "reqReserved": f"{ORDER_NO}|5000",
            "respCode": "00",
            "respMsg": "成功[0000000]",
            "settleAmt": "2000",
            "settleCurrencyCode": "156",
            "settleDate": "1122",
            "traceNo": "123457",
            "traceTime": "1122115940",
            "txnAmt": "2000",
            "txnSubType": "00",
            "txnTime": "20261122115700",
            "txnType": "04",
            **changed,
        }

    def expected_payment(self) -> PaymentFact:
        return PaymentFact(
            order_no=ORDER_NO,
            state=PaymentState.PAID,
            raw_state="00",
            merchant_no=MER_ID,
            app_no="unionpay-app",
            transaction_no=QUERY_ID,
            amount_fen=5000,
            currency="CNY",
            paid_at=datetime(2026, 11, 22, 3, 59, 30, tzinfo=UTC),
            trade_type="000201",
            settlement_day=date(2026, 11, 22),
        )

    def expected_refund(self) -> RefundFact:
        return RefundFact(
            refund_no=REFUND_NO,
            order_no=ORDER_NO,
            channel_refund_no=REFUND_QUERY_ID,
            state=RefundState.DONE,
            raw_state="00",
            amount_fen=2000,
            total_fen=5000,
            merchant_no=MER_ID,
            transaction_no=QUERY_ID,
            currency="CNY",
            done_at=datetime(2026, 11, 22, 3, 59, 40, tzinfo=UTC),
            settlement_day=date(2026, 11, 22),
        )

    def payment_notice(
        self, *, key: SigningKey | None = None, seconds: int = 0, **changed: str
    ) -> Delivery:
        return self.pushed(self.payment_words(**changed), key)

    def refund_notice(self, **changed: str) -> Delivery:
        return self.pushed(self.refund_words(**changed))

    def pushed(self, words: Mapping[str, str], key: SigningKey | None = None) -> Delivery:
        """A notice of these words."""
        return dict(FORM), wire.notice_body(wire.signed(words, key or key_under("second")))

    def payment_answer(self, *, key: SigningKey | None = None, **changed: str) -> HttpResponse:
        origin = changed.pop("origRespCode", changed.pop("respCode", "00"))
        words = self.payment_words(**changed)
        return self.answer({**words, "origRespCode": origin}, key)

    def refund_answer(self, **changed: str) -> HttpResponse:
        words = {**self.refund_words(), "origRespCode": "00", **changed}
        asked = Asked(order_no=ORDER_NO, refund_no=REFUND_NO, amount_fen=2000, total_fen=5000)
        return replace(self.answer(words), asked=asked)

    def answer(self, words: Mapping[str, str], key: SigningKey | None = None) -> HttpResponse:
        """An answer of these words."""
        body = wire.answer_body(wire.signed(words, key or key_under("second")))
        return HttpResponse(status=200, headers={}, body=body)

    def signed_nonsense(self, data: bytes) -> Delivery:
        return self.pushed({"orderId": data.decode("latin-1")})

    def answered_nonsense(self, data: bytes) -> HttpResponse:
        return self.answer({"orderId": data.decode("latin-1")})

    def unsigned(self, response: HttpResponse) -> HttpResponse:
        body = response.body[: response.body.index(b"&signature=")]
        return replace(response, body=body)

    def lies(self, headers: dict[str, str], body: bytes) -> dict[str, Delivery]:
        words = wire.words_of(body)
        return {
            name: (headers, wire.notice_body(false)) for name, false in self._changed(words).items()
        }

    def answer_lies(self, response: HttpResponse) -> dict[str, HttpResponse]:
        words = wire.signed({**self.payment_words(), "origRespCode": "00"}, key_under("second"))
        return {
            name: replace(response, body=wire.answer_body(false))
            for name, false in self._changed(words).items()
        }

    def _changed(self, words: Mapping[str, str]) -> dict[str, dict[str, str]]:
        found = {}
        for name, value in words.items():
            first = "1" if value[0] != "1" else "2"
            found[name] = {**words, name: first + value[1:]}
            found[f"no {name}"] = {other: text for other, text in words.items() if other != name}
        found["one more"] = {**words, "couponInfo": "1"}
        found["signPubKeyCert of another"] = {
            **words,
            "signPubKeyCert": wire.certificate_of(key_under("first")),
        }
        return found

    def other_algorithms(self) -> dict[str, Delivery]:
        key = key_under("second")
        found = {
            method: self._labelled({"signMethod": method}) for method in ("11", "12", "", "none")
        }
        found["5.0.0"] = self._labelled({"version": "5.0.0"})
        found["GBK"] = self._labelled({"encoding": "GBK"})
        private: Any = serialization.load_pem_private_key(key.private_pem, None)
        whole = wire.signed(self.payment_words(), key)
        text = "&".join(f"{name}={whole[name]}" for name in sorted(whole) if name != "signature")
        digest = hashlib.sha256(text.encode()).hexdigest().encode()
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
        for name, scheme, hashed, message in (
            ("PSS", pss, hashes.SHA256(), digest),
            ("SHA-512", padding.PKCS1v15(), hashes.SHA512(), digest),
            ("no hex digest between", padding.PKCS1v15(), hashes.SHA256(), text.encode()),
            ("upper case digest", padding.PKCS1v15(), hashes.SHA256(), digest.upper()),
        ):
            made = base64.b64encode(private.sign(message, scheme, hashed)).decode()
            found[name] = dict(FORM), wire.notice_body({**whole, "signature": made})
        return found

    def _labelled(self, label: Mapping[str, str]) -> Delivery:
        """Truly signed by 银联's key over these very words."""
        key = key_under("second")
        words = {**wire.signed(self.payment_words(), key), **label}
        return dict(FORM), wire.notice_body({**words, "signature": wire.signature_of(words, key)})

    def merchants_with_wrong_keys(self) -> dict[str, Merchant]:
        leaf = wire.certificate_of(key_under("second")).encode()
        roots = {
            "another root": root("stranger").trusted_pem,
            "the signing certificate itself": leaf,
            "a forger's own certificate": wire.certificate_of(forged("self_signed")).encode(),
            "nothing": b"",
        }
        return {
            name: replace(self.merchant(), trusted_roots_pem=pem) for name, pem in roots.items()
        }

    def amount_words(self, amount_fen: int) -> dict[str, str]:
        return {"txnAmt": str(amount_fen)}

    def impossible_amount_words(self) -> list[dict[str, str]]:
        texts = ["50.00", "-5000", "", "5e3", "５０００", "5 000", "0x1388", "5" * 13, "+5000"]
        return [{"txnAmt": text} for text in texts]

    def foreign_payment_words(self) -> dict[str, dict[str, str]]:
        return {
            "merchant": {"merId": "777290058110999"},
            "currency": {"currencyCode": "840"},
            "settlement currency": {"settleCurrencyCode": "840"},
        }

    def foreign_refund_notice_words(self) -> dict[str, dict[str, str]]:
        return {"merchant": {"merId": "777290058110999"}, "currency": {"currencyCode": "840"}}

    def unknown_state_words(self) -> dict[str, str]:
        return {"respCode": "ZZ"}

    def unknown_refund_state_words(self) -> dict[str, str]:
        return {"origRespCode": "ZZ"}

    def bill(self, amounts_fen: list[int]) -> tuple[bytes, BillLink]:
        lines = [
            statements.line(
                statements.payment_row(
                    {
                        "paid_fen": amount,
                        "paid_at": datetime(2026, 11, 21, 4, 0, number, tzinfo=UTC).timestamp(),
                        "transaction_no": f"{number:021d}",
                        "order_no": f"{number:032x}",
                        "biz_type": "000201",
                        "mer_id": MER_ID,
                        "reserved": "",
                    }
                )
            )
            for number, amount in enumerate(amounts_fen, start=1)
        ]
        packed = statements.zipped(MER_ID, DAY.isoformat(), lines, [])
        return packed, self.link(packed)

    def cut_bills(self, amounts_fen: list[int]) -> Iterator[tuple[bytes, BillLink]]:
        content, _ = self.bill(amounts_fen)
        for length in range(len(content)):
            yield content[:length], self.link(content[:length])

    def link(self, content: bytes) -> BillLink:
        """A link that proves this content."""
        return BillLink(
            day=DAY, url="", hash_type="SHA256", hash_hex=hashlib.sha256(content).hexdigest()
        )

    def secrets(self, merchant: Merchant, request: HttpRequest) -> list[str]:
        return [merchant.signing_key_pem.decode(), request.body.decode()]
