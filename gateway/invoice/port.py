"""What an office that makes invoices can do for the house: wishes in, requests out; answers in,
facts out.

An adapter is stateless and pure: it neither sends nor stores nor reads the clock. Amounts are int
fen, negative on a red invoice. A word of the office that we do not know means PENDING.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.channels.port import HttpRequest, HttpResponse
from gateway.invoice.errors import OfficeUnknown
from gateway.invoice.titles import Title

ITEM_CODE, ITEM_NAME = "6010000000000000000", "预付卡销售和充值"
TAX_RATE = "不征税"
"""国家税务总局公告 2016 年第 53 号: code 601, the rate is written 不征税."""
RED_REASON = "销货退回"
FORMS = ("pdf", "ofd")


class DocumentState(StrEnum):
    """How far the office is. NOT_RECEIVED: it never met this number. WITHDRAWN: it never will make
    it. WAITING_BUYER: the buyer has booked the invoice and must confirm its reversal."""

    PENDING = "pending"
    ISSUED = "issued"
    REFUSED = "refused"
    NOT_RECEIVED = "not_received"
    WITHDRAWN = "withdrawn"
    WAITING_BUYER = "waiting_buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """An operator as its office knows it, with our key there and the keys of its answers."""

    name: str
    taxpayer_no: str
    base_url: str
    key_id: str
    signing_key_pem: bytes = field(repr=False)
    office_keys: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One invoice that is asked for under our number, for so much of an order."""

    request_no: str
    title: Title = field(repr=False)
    amount_fen: int
    order_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedWish:
    """The whole of one invoice taken back, under a number of its own."""

    request_no: str
    invoice_no: str
    title: Title = field(repr=False)
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """A file the office offers of an invoice: its SHA-256 in hex, and how many bytes it has."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFact:
    """What the office proves to say of one number; the invoice's own words once it is ISSUED."""

    request_no: str
    state: DocumentState
    raw_state: str
    reason: str = ""
    invoice_no: str = ""
    issued_at: datetime | None = None
    amount_fen: int | None = None
    item_code: str = ""
    tax_rate: str = ""
    tax_fen: int | None = None
    seller_no: str = ""
    title: Title | None = field(default=None, repr=False)
    files: Mapping[str, FileMark] = field(default_factory=dict)


class Office(Protocol):
    """The contract that every adapter keeps.

    `read` raises OfficeAnswerForged when the answer is not proven the office's, OfficeSilent when
    it says nothing that can be understood. Every POST may be sent again with the same number: the
    office answers what it made of the first.
    """

    name: str

    def issue(self, seller: Seller, wish: Wish, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks for an invoice."""

    def query(self, seller: Seller, number: str, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks what became of this number."""

    def withdraw(self, seller: Seller, number: str, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks never to make the invoice of this number, if it is not made yet."""

    def reverse(self, seller: Seller, wish: RedWish, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks for the red invoice."""

    def file(
        self, seller: Seller, invoice_no: str, form: str, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Asks for a file of an invoice, which is proven by the hash that the office signed."""

    def read(
        self, seller: Seller, number: str, response: HttpResponse, *, now: datetime
    ) -> DocumentFact:
        """What the answer to any of the first four says of this number."""


_offices: dict[str, Office] = {}


def employ(office: Office) -> None:
    """Makes an adapter known under its name."""
    _offices[office.name] = office


def office(name: str) -> Office:
    """The adapter of this name; OfficeUnknown."""
    if name not in _offices:
        raise OfficeUnknown(office=name[:40])
    return _offices[name]
