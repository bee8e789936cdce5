"""What every payment channel can do for the house: wishes in, requests out; answers in, facts out.

An adapter is stateless and pure: it neither sends nor stores nor reads the clock. The core keeps
what comes back, `transport.send` moves the bytes. Amounts are int fen, moments are aware UTC.
A word of the channel that we do not know means UNKNOWN, never failed.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import BinaryIO, Protocol

from gateway.channels.values import (
    ANSWER_LIMIT_BYTES,
    NOTICE_LIMIT_BYTES,
    Asked,
    BillKind,
    BillLine,
    BillLink,
    HttpRequest,
    HttpResponse,
    Merchant,
    Notice,
    PaymentFact,
    PaymentForm,
    PaymentOffer,
    PaymentState,
    PaymentWish,
    PlatformKey,
    Product,
    RefundFact,
    RefundState,
    RefundWish,
)

__all__ = [
    "ANSWER_LIMIT_BYTES",
    "NOTICE_LIMIT_BYTES",
    "Asked",
    "BillKind",
    "BillLine",
    "BillLink",
    "ChannelAdapter",
    "HttpRequest",
    "HttpResponse",
    "Merchant",
    "Notice",
    "PaymentFact",
    "PaymentForm",
    "PaymentOffer",
    "PaymentState",
    "PaymentWish",
    "PlatformKey",
    "Product",
    "RefundFact",
    "RefundState",
    "RefundWish",
]


class ChannelAdapter(Protocol):
    """The contract one shared suite (tests/gateway/channels/contract.py) holds every channel to.

    Every `read_*` of an answer raises AnswerForged when the answer cannot be proven the channel's,
    ChannelKeyUnknown when it is signed under a key we do not hold, ChannelSilent when the outcome
    is unknown (ChannelAskAgain: repeat with the same numbers; AnswerUnreadable: it makes no
    sense), ChannelRefused when the channel verifiably said no and nothing happened.
    `nonce` is 16 to 32 letters or digits, random, fresh for each request.
    `can_refuse_credit`: it keeps credit cards out of an order whose wish says so.
    """

    name: str
    can_refuse_credit: bool

    def browser_offer(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> PaymentOffer | None:
        """The offer that the payer's own browser carries to the channel: we send nothing.

        None: this product is opened by create_payment. WishRefused when the wish cannot be said.
        """
        ...

    def create_payment(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The request that opens the order; WishRefused when the wish cannot be said."""
        ...

    def read_created(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentOffer:
        """What the payer's device needs; `client_params` are signed with the answer's own nonce."""
        ...

    def client_params(
        self, merchant: Merchant, prepay_id: str, *, now: datetime, nonce: str
    ) -> Mapping[str, str]:
        """Sign the payer's page anew for a prepay_id we already hold."""
        ...

    def query(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask what became of an order; `placed_at` is its wish's, by which some know it too."""
        ...

    def read_payment(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentFact:
        """The fact; ChannelOrderUnknown (a ChannelRefused) when the channel has no such order."""
        ...

    def close(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask, after its time, that nobody can pay this order any more."""
        ...

    def read_closed(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> None:
        """Returns when it is closed, now or before; ChannelRefused when it was paid: query."""
        ...

    def refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Give money back; the same refund_no with the same content is one refund."""
        ...

    def read_refund(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> RefundFact:
        """The fact, of both refund requests; ChannelRefundUnknown when there is no such refund."""
        ...

    def query_refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask what became of a refund, by the wish it was asked for with."""
        ...

    def read_notice(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Verify the raw bytes, then open and read; else NoticeForged or ChannelKeyUnknown."""
        ...

    def notice_receipt(self, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body: we have it (True), or come again (False)."""
        ...

    def keys_request(self, merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest | None:
        """Ask for the channel's signing keys; None: it publishes none, people bring them."""
        ...

    def read_keys(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> tuple[PlatformKey, ...]:
        """The channel's signing keys, proven by our shared secret and a signature."""
        ...

    def bill_request(
        self, merchant: Merchant, day: date, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask for the link to a day's bill; a day that is not over raises WishRefused.

        BillNotOffered (a WishRefused) where the channel gives no bill by this door.
        """
        ...

    def read_bill_link(
        self, merchant: Merchant, response: HttpResponse, *, day: date, now: datetime
    ) -> BillLink:
        """The link, to be used at once; BillNotReady (ask later), BillNotThere (nothing traded)."""
        ...

    def bill_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The request of the file; its answer is unsigned, a link's hash proves it."""
        ...

    def read_bill(
        self, merchant: Merchant, stream: BinaryIO, *, link: BillLink
    ) -> Iterator[BillLine]:
        """Lines of a seekable file: hash checked before the first, counts and sums after the last.

        The lines are a bill only once the iterator has ended without BillUnreadable.
        """
        ...
