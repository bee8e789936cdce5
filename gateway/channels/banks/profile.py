"""A partner bank as data: its doors, its words, its forms, its signature and its habits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from gateway.channels.banks.bill_forms import BillForm
from gateway.channels.banks.codecs import Codec
from gateway.channels.banks.forms import Moments, Money, Value
from gateway.channels.banks.proving import Seal
from gateway.channels.errors import ChannelAskAgain, ChannelRefused
from gateway.channels.values import PaymentState, Product, RefundState


class Act(StrEnum):
    """What we ask of a bank."""

    CREATE = "create"
    QUERY = "query"
    CLOSE = "close"
    REFUND = "refund"
    QUERY_REFUND = "query_refund"
    KEYS = "keys"
    BILL = "bill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where an act is asked for. `{order_no}` and the like stand for numbers in the path.

    `says` are our names that go into the body; `constants` are the bank's words that never change.
    `repeats` is our name whose value makes the same wish recognisable, where the bank wants it.
    """

    method: str
    path: str
    says: tuple[str, ...] = ()
    constants: Mapping[str, Value] = field(default_factory=dict)
    repeats: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The bank's own words for: we have it, or come again."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BankProfile:
    """Everything in which one bank differs from another. Our names map to the bank's paths.

    `success` is the word of `result` that means done; a bank without one speaks by HTTP status.
    A word of the bank that stands in none of the tables means that the outcome is unknown.
    `serial_day` is the path of the day that makes the bank's serial number unique, if it needs one.
    `retries` are the pauses after an unaccepted push, as the bank has told them.
    """

    name: str
    zh: str
    en: str
    codec: Codec
    seal: Seal
    money: Money
    moments: Moments
    doors: Mapping[Act, Door]
    fields: Mapping[str, str]
    products: Mapping[Product, str]
    currency: str
    payment_states: Mapping[str, PaymentState]
    given_back: frozenset[str]
    refund_states: Mapping[str, RefundState]
    payment_event: str
    refund_event: str
    refusals: Mapping[str, type[ChannelRefused]]
    ask_again: Mapping[str, type[ChannelAskAgain]]
    closed_already: frozenset[str]
    accepted: Receipt
    come_again: Receipt
    bill: BillForm
    hash_type: str
    retries: tuple[timedelta, ...]
    success: str = ""
    serial_day: str = ""
    longest_text: int = 60

    @property
    def publishes_keys(self) -> bool:
        """Whether the bank has a list of its own keys."""
        return Act.KEYS in self.doors
