"""微信支付 APIv3 as one payment channel of the house: the port's promises, kept."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, BinaryIO

from gateway.channels import strict_json
from gateway.channels.errors import (
    AnswerForged,
    AnswerUnreadable,
    ChannelMisconfigured,
    ChannelRefused,
)
from gateway.channels.port import (
    BillLine,
    BillLink,
    HttpRequest,
    HttpResponse,
    Merchant,
    Notice,
    PaymentFact,
    PaymentOffer,
    PaymentWish,
    PlatformKey,
    RefundFact,
    RefundWish,
)
from gateway.channels.strict_json import NotStrict
from gateway.channels.wechatpay import answers, bill, notice, questions, signing


class WeChatPay:
    """Stateless; see gateway.channels.port.ChannelAdapter for what each method promises."""

    name = "wechatpay"
    can_refuse_credit = True

    def browser_offer(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> PaymentOffer | None:
        """None: every product is opened by a request of ours."""
        return None

    def create_payment(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Native, JSAPI or H5 order with its own expiry."""
        return questions.create_payment(merchant, wish, now=now, nonce=nonce)

    def read_created(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentOffer:
        """prepay_id (with signed client_params), code_url or h5_url."""
        proof = answers.proven_answer(merchant, response, now=now)
        words = answers.answer_object(response)
        names = [name for name in ("prepay_id", "code_url", "h5_url") if words.get(name)]
        if len(names) != 1:
            raise AnswerUnreadable("neither prepay_id nor code_url nor h5_url alone")
        try:
            given = strict_json.text(words, names[0], most=512)
        except NotStrict as reason:
            raise AnswerUnreadable(str(reason)) from None
        if names[0] == "prepay_id":
            params = self.client_params(merchant, given, now=now, nonce=proof.nonce)
            return PaymentOffer(prepay_id=given, client_params=params)
        if names[0] == "code_url":
            return PaymentOffer(code_url=given)
        return PaymentOffer(h5_url=given)

    def client_params(
        self, merchant: Merchant, prepay_id: str, *, now: datetime, nonce: str
    ) -> Mapping[str, str]:
        """Signed afresh; a prepay_id serves two hours."""
        return signing.client_params(merchant, prepay_id, now=now, nonce=nonce)

    def query(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our own order number."""
        return questions.query(merchant, order_no, now=now, nonce=nonce)

    def read_payment(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentFact:
        """A state word we do not know is UNKNOWN; REFUND is PAID with a refund on it."""
        answers.proven_answer(merchant, response, now=now)
        return answers.payment_answer(merchant, response)

    def close(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """Answered with 204."""
        return questions.close(merchant, order_no, now=now, nonce=nonce)

    def read_closed(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> None:
        """Closed now, or closed before (ORDER_CLOSED)."""
        try:
            answers.proven_answer(merchant, response, now=now)
        except ChannelRefused as refused:
            if refused.channel_code != "ORDER_CLOSED":
                raise

    def refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Idempotent at the channel by refund_no."""
        return questions.refund(merchant, wish, now=now, nonce=nonce)

    def read_refund(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> RefundFact:
        """Mostly PROCESSING at first."""
        answers.proven_answer(merchant, response, now=now)
        return answers.refund_answer(merchant, response)

    def query_refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our own refund number."""
        return questions.query_refund(merchant, wish.refund_no, now=now, nonce=nonce)

    def read_notice(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Verified on the raw bytes, then opened with the APIv3 key."""
        return notice.read_notice(merchant, headers, body, now=now)

    def notice_receipt(self, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """To be sent within five seconds."""
        return notice.notice_receipt(accepted)

    def keys_request(self, merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest:
        """GET /v3/certificates."""
        return questions.keys_request(merchant, now=now, nonce=nonce)

    def read_keys(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> tuple[PlatformKey, ...]:
        """Platform certificates, opened with the APIv3 key.

        The answer may be signed under a certificate it brings: the sealed box proves that one.
        """
        brought = self._brought_keys(merchant, response) if response.status == 200 else ()
        known = {**{key.key_id: key.pem for key in brought}, **merchant.platform_keys}
        proving = replace(merchant, platform_keys=known)
        answers.proven_answer(proving, response, now=now)
        return brought

    def bill_request(
        self, merchant: Merchant, day: date, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Made from 9:00 of the next day; ask after 10:00."""
        return questions.bill_request(merchant, day, now=now, nonce=nonce)

    def read_bill_link(
        self, merchant: Merchant, response: HttpResponse, *, day: date, now: datetime
    ) -> BillLink:
        """Good for seconds: download at once."""
        answers.proven_answer(merchant, response, now=now)
        words = answers.answer_object(response)
        try:
            return BillLink(
                day=day,
                url=strict_json.text(words, "download_url", most=2048),
                hash_type=strict_json.text(words, "hash_type", most=16),
                hash_hex=strict_json.text(words, "hash_value", most=128),
            )
        except NotStrict as reason:
            raise AnswerUnreadable(str(reason)) from None

    def bill_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Only from the channel's own host."""
        return questions.bill_download(merchant, link, now=now, nonce=nonce)

    def read_bill(
        self, merchant: Merchant, stream: BinaryIO, *, link: BillLink
    ) -> Iterator[BillLine]:
        """Hash, lines, count and sums."""
        return bill.read_bill(merchant, stream, link=link)

    def _brought_keys(self, merchant: Merchant, response: HttpResponse) -> tuple[PlatformKey, ...]:
        words = answers.answer_object(response)
        entries = words.get("data")
        if type(entries) is not list or not 0 < len(entries) <= 20:
            raise AnswerUnreadable("no list of certificates")
        try:
            return tuple(_platform_key(merchant, entry) for entry in entries)
        except (ValueError, ChannelMisconfigured) as reason:
            raise AnswerForged(f"a certificate that is not the channel's: {reason}") from None


def _platform_key(merchant: Merchant, entry: Any) -> PlatformKey:
    if type(entry) is not dict:
        raise NotStrict("an entry is not an object")
    serial = strict_json.text(entry, "serial_no", most=64)
    sealed = strict_json.part(entry, "encrypt_certificate")
    pem = signing.open_box(merchant.shared_key, sealed)
    valid_from, valid_until = signing.certificate_span(serial, pem)
    return PlatformKey(key_id=serial, pem=pem, valid_from=valid_from, valid_until=valid_until)
