"""支付宝 as one payment channel of the house: the port's promises, kept."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import BinaryIO

from gateway.channels import strict_json
from gateway.channels.alipay import answers, bill, notice, questions
from gateway.channels.errors import AnswerUnreadable
from gateway.channels.strict_json import NotStrict
from gateway.channels.values import (
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
    Product,
    RefundFact,
    RefundWish,
)


class Alipay:
    """Stateless; see gateway.channels.port.ChannelAdapter for what each method promises.

    `nonce` is in none of its requests: the protocol has none.
    """

    name = "alipay"
    can_refuse_credit = True

    def browser_offer(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> PaymentOffer | None:
        """H5 is a signed address that the payer's browser opens; the trade begins there."""
        if wish.product is not Product.H5:
            return None
        return PaymentOffer(h5_url=questions.wap_url(merchant, wish, now=now))

    def create_payment(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """A code to scan, or a trade for the app."""
        return questions.create_payment(merchant, wish, now=now)

    def read_created(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentOffer:
        """qr_code as code_url, or trade_no as prepay_id with what the app's page hands over."""
        words = answers.proven_words(merchant, response, *answers.OPENED)
        return answers.read(response, words, lambda: self._offer(merchant, words, now))

    def client_params(
        self, merchant: Merchant, prepay_id: str, *, now: datetime, nonce: str
    ) -> Mapping[str, str]:
        """The trade's number; nothing of it is signed."""
        return {"tradeNO": prepay_id}

    def query(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our own order number."""
        return questions.query(merchant, order_no, now=now)

    def read_payment(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentFact:
        """A trade nobody has scanned or opened yet does not exist for the channel."""
        words = answers.proven_words(merchant, response, answers.QUERIED)
        return answers.read(
            response,
            words,
            lambda: answers.payment_fact(merchant, words, paid_name="send_pay_date"),
        )

    def close(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """Only of a trade that waits for its payer."""
        return questions.close(merchant, order_no, now=now)

    def read_closed(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> None:
        """Closed now; a trade that was closed or paid before is refused alike, so: query."""
        words = answers.proven_words(merchant, response, answers.CLOSED)
        answers.read(response, words, lambda: None)

    def refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Idempotent at the channel by refund_no; answered at once."""
        return questions.refund(merchant, wish, now=now)

    def read_refund(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> RefundFact:
        """Of a refund just sent, or of one asked about."""
        return answers.refund_fact(merchant, response, now=now)

    def query_refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """By order and refund number."""
        return questions.query_refund(merchant, wish, now=now)

    def read_notice(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """A payment's fact; of a refund it tells only that money of the payment went back."""
        return notice.read_notice(merchant, body)

    def notice_receipt(self, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Seven letters."""
        return notice.notice_receipt(accepted)

    def keys_request(self, merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest | None:
        """None: the platform's page shows the key or certificate, people bring it."""
        return None

    def read_keys(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> tuple[PlatformKey, ...]:
        """Never asked for."""
        raise AnswerUnreadable("the channel publishes no keys")

    def bill_request(
        self, merchant: Merchant, day: date, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Made about 9:00 of the next day."""
        return questions.bill_request(merchant, day, now=now)

    def read_bill_link(
        self, merchant: Merchant, response: HttpResponse, *, day: date, now: datetime
    ) -> BillLink:
        """Dead in thirty seconds; the channel tells no hash."""
        words = answers.proven_words(merchant, response, answers.BILL_LINKED)
        try:
            return BillLink(day=day, url=strict_json.text(words, "bill_download_url", most=2048))
        except NotStrict as reason:
            raise AnswerUnreadable(str(reason)) from None

    def bill_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Only from the channel's host for bills."""
        return questions.bill_download(merchant, link)

    def read_bill(
        self, merchant: Merchant, stream: BinaryIO, *, link: BillLink
    ) -> Iterator[BillLine]:
        """Zip, lines, counts and sums."""
        return bill.read_bill(merchant, stream, link=link)

    def _offer(
        self, merchant: Merchant, words: Mapping[str, object], now: datetime
    ) -> PaymentOffer:
        code = strict_json.optional_text(words, "qr_code", most=512)
        if code:
            return PaymentOffer(code_url=code)
        trade_no = strict_json.text(words, "trade_no", most=64)
        params = self.client_params(merchant, trade_no, now=now, nonce="")
        return PaymentOffer(prepay_id=trade_no, client_params=params)
