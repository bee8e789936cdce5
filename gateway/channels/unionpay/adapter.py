"""银联 acp 5.1.0 as one payment channel of the house: the port's promises, kept."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from gateway.channels.errors import (
    AnswerUnreadable,
    BillNotReady,
    BillNotThere,
    ChannelOrderUnknown,
    ChannelRefused,
    ChannelSilent,
    WishRefused,
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
    PaymentState,
    PaymentWish,
    PlatformKey,
    Product,
    RefundFact,
    RefundWish,
)
from gateway.channels.unionpay import answers, bill, meanings, notice, questions, words
from gateway.channels.unionpay.words import NotWords

# A statement that is missing later than this on the next day was never made: nothing was traded.
_MADE_BEFORE = time(12)


class UnionPay:
    """Stateless; see gateway.channels.port.ChannelAdapter for what each method promises."""

    name = "unionpay"
    can_refuse_credit = False

    def browser_offer(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> PaymentOffer | None:
        """H5: a form of the payer's browser. 银联 learns of the order only when it arrives."""
        if wish.product is not Product.H5:
            return None
        return PaymentOffer(form=questions.front_form(merchant, wish, now=now))

    def create_payment(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Native: a code to scan. App: the number that UnionPay's control in our app takes."""
        if wish.product is Product.NATIVE:
            return questions.qr_order(merchant, wish, now=now)
        if wish.product is Product.APP:
            return questions.app_order(merchant, wish, now=now)
        raise WishRefused("not a product of this channel, or one the payer's browser opens")

    def read_created(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentOffer:
        """code_url, or prepay_id (tn) with what UnionPay's control takes."""
        said = answers.proven_answer(merchant, response, now=now)
        answers.accepted(said)
        try:
            if said.get("qrCode"):
                return PaymentOffer(code_url=words.text(said, "qrCode", most=512))
            number = words.text(said, "tn", most=64)
        except NotWords as reason:
            raise AnswerUnreadable(str(reason)) from None
        return PaymentOffer(
            prepay_id=number,
            client_params=self.client_params(merchant, number, now=now, nonce=""),
        )

    def client_params(
        self, merchant: Merchant, prepay_id: str, *, now: datetime, nonce: str
    ) -> Mapping[str, str]:
        """The control takes the number as it is; nothing more is signed."""
        return {"tn": prepay_id}

    def query(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our number and the moment it was placed: both together name a transaction."""
        return questions.query(merchant, order_no, placed_at=placed_at)

    def read_payment(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentFact:
        """What origRespCode says; 03, 04, 05 and unknown codes are UNKNOWN."""
        said = answers.proven_answer(merchant, response, now=now)
        answers.accepted(said)
        return answers.read(
            lambda: answers.payment_fact(
                merchant, said, code=words.text(said, "origRespCode", most=8)
            )
        )

    def close(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """acp closes no unpaid order: payTimeout, told at the beginning, does. So: look again."""
        return questions.query(merchant, order_no, placed_at=placed_at)

    def read_closed(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> None:
        """Returns when nothing was paid and nothing is under way, its time being over."""
        try:
            fact = self.read_payment(merchant, response, now=now)
        except ChannelOrderUnknown:
            return
        if fact.state is PaymentState.PAID:
            raise ChannelRefused("paid", channel_code=fact.raw_state)
        if fact.state is not PaymentState.FAILED:
            raise ChannelSilent("a payment is under way", channel_code=fact.raw_state)

    def refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Under the moment it was asked for: the same number at another moment would be another."""
        return questions.refund(merchant, wish)

    def read_refund(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> RefundFact:
        """Taken (00, 05, or known before: 12) is PROCESSING; a query's answer tells the end."""
        said = answers.proven_answer(merchant, response, now=now)
        code = said.get("respCode", "")
        requested = said.get("txnType") == answers.REFUND and not said.get("origRespCode")
        if not (requested and code in meanings.UNDECIDED | {meanings.TAKEN_BEFORE}):
            answers.accepted(said, of_refund=True)
        if requested:
            code = code if code in meanings.UNDECIDED else meanings.ACCEPTED
        else:
            code = said.get("origRespCode", "")
        return answers.read(
            lambda: answers.refund_fact(merchant, said, code=code, asked=response.asked)
        )

    def query_refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """By the refund's number and the moment it was asked for."""
        return questions.query(
            merchant, wish.refund_no, placed_at=wish.asked_at, asked=questions.asked_of(wish)
        )

    def read_notice(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """A form, proven by the certificate it brings once that one is proven."""
        return notice.read_notice(merchant, body, now=now)

    def notice_receipt(self, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """HTTP 200 is the receipt."""
        return notice.notice_receipt(accepted)

    def keys_request(self, merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest | None:
        """None: the signing certificate comes with each message, its roots are our own rows'."""
        return None

    def read_keys(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> tuple[PlatformKey, ...]:
        """There is nothing to read."""
        return ()

    def bill_request(
        self, merchant: Merchant, day: date, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Of a settlement day; there from about 9:00 of the next."""
        return questions.statement(merchant, day, now=now)

    def read_bill_link(
        self, merchant: Merchant, response: HttpResponse, *, day: date, now: datetime
    ) -> BillLink:
        """The answer holds the file itself: the link carries it, and there is nothing to fetch."""
        said = answers.proven_answer(merchant, response, now=now)
        if said.get("respCode") == meanings.NO_SUCH_FILE:
            made = datetime.combine(day + timedelta(days=1), _MADE_BEFORE, meanings.SHANGHAI)
            missing = BillNotReady if now < made else BillNotThere
            raise missing("no such file", channel_code=meanings.NO_SUCH_FILE)
        answers.accepted(said)
        if said.get("merId") != merchant.merchant_no:
            raise AnswerUnreadable("the statement of another merchant")
        return bill.link_of(day, bill.content_of(said))

    def bill_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """There is nothing to fetch."""
        raise WishRefused("the statement came with the answer")

    def read_bill(
        self, merchant: Merchant, stream: BinaryIO, *, link: BillLink
    ) -> Iterator[BillLine]:
        """Hash, then every line of the zip's one statement."""
        return bill.read_bill(merchant, stream, link=link)
