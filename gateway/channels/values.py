"""The values that pass between the house and a payment channel: wishes, requests, facts.

Amounts are int fen, moments are aware UTC, numbers of the outside are text as they came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

ANSWER_LIMIT_BYTES = 1 << 20
NOTICE_LIMIT_BYTES = 64 * 1024


class Product(StrEnum):
    """How the payer meets the channel: a QR code, inside its app, a mobile browser, or our app."""

    NATIVE = "native"
    JSAPI = "jsapi"
    H5 = "h5"
    APP = "app"


class PaymentState(StrEnum):
    """PAID is final as evidence of money; UNKNOWN and PENDING both mean: ask again."""

    PENDING = "pending"
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class RefundState(StrEnum):
    """DONE: money went back. CLOSED: it will not. ABNORMAL: stuck at a bank, people act."""

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
class Asked:
    """Our own numbers that a request is about, for the reader of an answer that omits them."""

    order_no: str = ""
    refund_no: str = ""
    amount_fen: int | None = None
    total_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request, signed and ready; url, headers and body may carry the signature: not for logs.

    `asked` does not travel; the transport hands it to the answer.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    answer_limit_bytes: int = ANSWER_LIMIT_BYTES
    asked: Asked = Asked()

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
    asked: Asked = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """One merchant number of ours at one channel, with the secrets that speak for it.

    `platform_keys` maps the channel's key id to PEM, a certificate or a public key, as its adapter
    says. Several at once is how a rotation overlaps. `signing_key_pem` is our private key,
    `signing_serial` the name under which the channel knows it. `shared_key` is the secret both of
    us hold, empty where the channel has none. `trusted_roots_pem` are the certificates at which the
    channel's own chains must end. `options` is what else the channel knows us by, no secrets.
    Secrets never appear in `repr`.
    """

    channel: str
    merchant_no: str
    app_no: str
    base_url: str
    notify_url: str
    refund_notify_url: str
    signing_serial: str
    signing_key_pem: bytes = field(repr=False)
    platform_keys: Mapping[str, bytes] = field(repr=False)
    shared_key: bytes = field(default=b"", repr=False)
    trusted_roots_pem: bytes = field(default=b"", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWish:
    """What we ask a channel to collect. `order_no` and `placed_at` are fixed before the first call.

    `payer_no` (the channel's name of the payer, openid) is needed by JSAPI; `payer_ip` by H5.
    `return_url` is where the payer's browser goes afterwards; what it brings back is not believed.
    `no_credit`: no credit card may pay (else WishRefused)."""

    order_no: str
    amount_fen: int
    description: str
    placed_at: datetime
    expires_at: datetime
    product: Product
    payer_no: str | None = None
    payer_ip: str | None = None
    attach: str = ""
    return_url: str = ""
    no_credit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentForm:
    """A form that the payer's browser posts to the channel: where, and the signed fields."""

    action: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOffer:
    """The wish stands: what the payer's device needs. Exactly one of the four is set.

    `client_params` are the values a JSAPI page hands to the wallet app, else None.
    """

    prepay_id: str | None = None
    code_url: str | None = None
    h5_url: str | None = field(default=None, repr=False)
    form: PaymentForm | None = None
    client_params: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFact:
    """What the channel says of one order, signature verified, merchant and app compared with ours.

    `amount_fen` is the order's total, None only while nothing is paid; `payer_fen` is what the
    payer gave after the channel's coupons. `settlement_day` is the day of the channel's own books,
    where it says which. When `state` is PAID, transaction_no, amount_fen,
    currency and paid_at are present; `given_back` tells that some of it has gone back already.
    The caller compares order_no, amount_fen and currency with its own row.
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
    given_back: bool = False
    settlement_day: date | None = None
    payer_no: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """Money to give back. `refund_no` and `asked_at` are fixed before the first call, for ever.

    `transaction_no` is the channel's own number of the payment.
    """

    refund_no: str
    order_no: str
    transaction_no: str
    asked_at: datetime
    amount_fen: int
    total_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    """What the channel says of one refund. `done_at` is present when `state` is DONE.

    `channel_refund_no` is empty where the channel gives refunds no number of its own.
    `settlement_day` is the day of the channel's own books, where it says which.
    """

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
    settlement_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One push, verified. (key_id, nonce, signed_at) are for the core's replay guard.

    `notice_id` stays the same when the channel repeats itself. `nonce` names this delivery: the
    channel's own where it has one, else a digest of the signature; two deliveries of one nonce are
    the same bytes or a forgery. `signed_at` is None where the channel does not say.
    """

    notice_id: str
    event_type: str
    fact: PaymentFact | RefundFact
    key_id: str
    nonce: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformKey:
    """One of the channel's own signing keys, as it published it."""

    key_id: str
    pem: bytes = field(repr=False)
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLink:
    """Where the bill of a day lies (for seconds only) and what the un-gzipped file must hash to.

    `hash_type` and `hash_hex` are empty where the channel tells no hash. `content` is the file
    itself where the channel sends it along: then there is nothing to download.
    """

    day: date
    url: str = field(repr=False)
    hash_type: str = ""
    hash_hex: str = ""
    content: bytes | None = field(default=None, repr=False)


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
