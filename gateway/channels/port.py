"""What every payment channel can do for the house: wishes in, requests out; answers in, facts out.

An adapter is stateless and pure: it neither sends nor stores nor reads the clock. The core keeps
what comes back, `transport.send` moves the bytes. Amounts are int fen, moments are aware UTC.
A word of the channel that we do not know means UNKNOWN or PROCESSING, never failed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO, Protocol

ANSWER_LIMIT_BYTES = 1 << 20
NOTICE_LIMIT_BYTES = 64 * 1024


class Product(StrEnum):
    """How the payer meets the channel: a QR shown, inside the channel's app, or a mobile browser."""

    NATIVE = "native"
    JSAPI = "jsapi"
    H5 = "h5"


class PaymentState(StrEnum):
    """PAID is final as evidence of money; UNKNOWN and PENDING both mean: ask again."""

    PENDING = "pending"
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class RefundState(StrEnum):
    """DONE: money went back. CLOSED: it will not. ABNORMAL: stuck at the payer's bank, people act."""

    PROCESSING = "processing"
    DONE = "done"
    CLOSED = "closed"
    ABNORMAL = "abnormal"
    UNKNOWN = "unknown"


class BillKind(StrEnum):
    """What one line of a channel's bill tells."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request ready to be sent, signed already; `headers` carry the signature and are not for logs."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    answer_limit_bytes: int = ANSWER_LIMIT_BYTES

    @property
    def only_asks(self) -> bool:
        """True when sending it twice cannot change anything at the channel."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What came back, as it came: header names in lower case, body bytes unchanged."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """One merchant number of ours at one channel, with the secrets that speak for it.

    `platform_keys` maps the channel's key id to PEM: a certificate under its serial number (upper
    case hex) or a public key under `PUB_KEY_ID_…`. Several at once is how a rotation overlaps.
    `signing_key_pem` is our RSA private key, `signing_serial` the serial of our certificate,
    `api_v3_key` the 32 bytes under which the channel encrypts. Secrets never appear in `repr`.
    """

    channel: str
    merchant_no: str
    app_no: str
    base_url: str
    notify_url: str
    refund_notify_url: str
    signing_serial: str
    signing_key_pem: bytes = field(repr=False)
    api_v3_key: bytes = field(repr=False)
    platform_keys: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWish:
    """What we ask a channel to collect. `order_no` is ours, fixed before the first call, for ever.

    `payer_no` (the channel's name of the payer, openid) is needed by JSAPI; `payer_ip` by H5.
    """

    order_no: str
    amount_fen: int
    description: str
    expires_at: datetime
    product: Product
    payer_no: str | None = None
    payer_ip: str | None = None
    attach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOffer:
    """The channel took the wish: what the payer's device needs. Exactly one of the three is set.

    `client_params` are the signed values a JSAPI page hands to the wallet app, else None.
    """

    prepay_id: str | None = None
    code_url: str | None = None
    h5_url: str | None = None
    client_params: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFact:
    """What the channel says of one order, signature verified, merchant and app compared with ours.

    `amount_fen` is the order's total, None only while nothing is paid; `payer_fen` is what the payer
    gave after the channel's coupons. When `state` is PAID, transaction_no, amount_fen, currency
    and paid_at are present. The caller compares order_no, amount_fen and currency with its own row.
    """

    order_no: str
    state: PaymentState
    raw_state: str
    merchant_no: str
    app_no: str
    transaction_no: str | None = None
    amount_fen: int | None = None
    payer_fen: int | None = None
    currency: str | None = None
    paid_at: datetime | None = None
    trade_type: str | None = None
    payer_no: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """Money to give back. `refund_no` is ours, fixed before the first call; the same again is one refund."""

    refund_no: str
    order_no: str
    amount_fen: int
    total_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    """What the channel says of one refund. `done_at` is present when `state` is DONE."""

    refund_no: str
    order_no: str
    channel_refund_no: str
    state: RefundState
    raw_state: str
    amount_fen: int
    total_fen: int
    merchant_no: str | None = None
    transaction_no: str | None = None
    currency: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One push of the channel, verified. (key_id, nonce, signed_at) are for the core's replay guard.

    `notice_id` stays the same when the channel repeats itself; `nonce` and `signed_at` do not.
    """

    notice_id: str
    event_type: str
    fact: PaymentFact | RefundFact
    key_id: str
    nonce: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformKey:
    """One of the channel's own signing keys, as it published it."""

    key_id: str
    pem: bytes = field(repr=False)
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLink:
    """Where the bill of a day lies (for seconds only) and what the un-gzipped file must hash to."""

    day: date
    url: str = field(repr=False)
    hash_type: str
    hash_hex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line of a day's bill.

    `amount_fen` is the order's amount of a payment, the amount asked back of a refund: always
    positive. `settled_fen` is what enters or leaves our settlement (应结订单金额, 退款金额).
    `fee_in_100000` is the channel's fee in 1/100000 yuan (so 1 fen = 1000), exactly as printed in
    `fee_text`; negative when a refund gives the fee back.
    """

    line_no: int
    kind: BillKind
    day: date
    at: datetime
    merchant_no: str
    app_no: str
    transaction_no: str
    order_no: str
    amount_fen: int
    settled_fen: int
    coupon_fen: int
    currency: str
    raw_state: str
    fee_text: str
    fee_in_100000: int
    rate_text: str
    channel_refund_no: str | None = None
    refund_no: str | None = None
    refund_state: str | None = None
    trade_type: str = ""
    description: str = ""
    attach: str = ""


class ChannelAdapter(Protocol):
    """The contract one shared suite (tests/gateway/channels/contract.py) holds every channel to.

    Every `read_*` of an answer raises AnswerForged when the answer cannot be proven the channel's,
    ChannelKeyUnknown when it is signed under a key we do not hold, ChannelSilent when the outcome
    is unknown (ChannelAskAgain: repeat with the same numbers), ChannelRefused when the channel
    verifiably said no and nothing happened, AnswerUnreadable (a ChannelSilent) when it makes no sense.
    `nonce` is 16 to 32 letters or digits, random, fresh for each request.
    """

    name: str

    def create_payment(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The request that opens the order at the channel; WishRefused when the wish cannot be said."""
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
        self, merchant: Merchant, order_no: str, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask what became of an order."""
        ...

    def read_payment(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentFact:
        """The fact; ChannelOrderUnknown (a ChannelRefused) when the channel has no such order."""
        ...

    def close(
        self, merchant: Merchant, order_no: str, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask that nobody can pay this order any more."""
        ...

    def read_closed(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> None:
        """Returns when it is closed (now or before); ChannelRefused(ORDERPAID) when it was paid: query."""
        ...

    def refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Give money back; the same refund_no with the same content is one refund at the channel."""
        ...

    def read_refund(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> RefundFact:
        """The fact, of `refund` and of `query_refund`; ChannelRefundUnknown when there is no such refund."""
        ...

    def query_refund(
        self, merchant: Merchant, refund_no: str, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask what became of a refund."""
        ...

    def read_notice(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Verify the raw bytes, then decrypt and read; NoticeForged or ChannelKeyUnknown otherwise."""
        ...

    def notice_receipt(self, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body that tell the channel we have it (True) or to come again (False)."""
        ...

    def keys_request(self, merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest:
        """Ask for the channel's current signing keys."""
        ...

    def read_keys(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> tuple[PlatformKey, ...]:
        """The channel's signing keys, proven by our shared secret and the answer's own signature."""
        ...

    def bill_request(
        self, merchant: Merchant, day: date, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Ask for the link to a day's bill; a day that is not over raises WishRefused."""
        ...

    def read_bill_link(
        self, merchant: Merchant, response: HttpResponse, *, day: date, now: datetime
    ) -> BillLink:
        """The link, to be used at once; BillNotReady (a ChannelAskAgain), BillNotThere (nothing that day)."""
        ...

    def bill_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The signed request of the file itself; its answer is unsigned and proven by the link's hash."""
        ...

    def read_bill(
        self, merchant: Merchant, stream: BinaryIO, *, link: BillLink
    ) -> Iterator[BillLine]:
        """Lines of a seekable file, hash checked before the first line, counts and sums after the last.

        The lines are a bill only once the iterator has ended without BillUnreadable.
        """
        ...
