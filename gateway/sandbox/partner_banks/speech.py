"""What the three banks' languages have in common: neutral words there and back, and what spoils."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call
from gateway.sandbox.partner_banks import transfer_words

FRESH_SECONDS = 300
Words = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMerchant:
    """What a bank holds of a merchant."""

    merchant_no: str
    app_no: str
    key_id: str
    public_pem: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one message is said: under which key, when, and what is wrong with it on purpose.

    `asserts` are words of the wire set as they are, after the translation and before signing.
    """

    key: SigningKey
    at: float
    nonce: str
    unsigned: bool = False
    other_bytes: bool = False
    other_algorithm: str = ""
    asserts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_merchant(number: str, entry: Mapping[str, Any]) -> KnownMerchant:
    """An entry of merchants.json."""
    return KnownMerchant(
        merchant_no=number,
        app_no=entry["app_no"],
        key_id=entry["key_id"],
        public_pem=entry["public_key_pem"].encode(),
    )


def refused(code: str, message: str = "") -> Refusal:
    """A refusal under its neutral word; each language has its own for it."""
    return Refusal(0, code, message)


class Speech:
    """A bank's language. Neutral words are ours of the sandbox: `*_fen`, `*_at`, state, code."""

    channel: str
    styles: tuple[str, ...]
    schedule: Sequence[int]
    pages: Mapping[str, str]  # product word of the wire -> "qr" or "page"
    names: Mapping[str, str]  # neutral -> path on the wire
    states: Mapping[str, str]
    refund_states: Mapping[str, str]
    codes: Mapping[str, tuple[int, str]]  # neutral refusal -> HTTP status and word
    events: Mapping[str, str]
    currency: str

    def __init__(self) -> None:
        self.names = {**self.names, **transfer_words.NAMES[self.channel]}
        self.codes = {**self.codes, **transfer_words.CODES[self.channel]}
        self.payout_states = transfer_words.STATES[self.channel]

    def make_key(self, style: str) -> SigningKey:
        """A fresh key of the bank's own."""
        raise NotImplementedError

    def act_of(self, call: Call) -> str:
        """create, query, close, refund, query_refund, keys, bill, download, pay_out,
        query_pay_out, statement, or unknown."""
        raise NotImplementedError

    def hear(self, call: Call) -> Words:
        """The neutral words of a request, not yet proven; Refusal when they cannot be read."""
        raise NotImplementedError

    def check(self, call: Call, merchant: KnownMerchant, real_now: float) -> None:
        """Refusal unless the merchant's key signed exactly this within five minutes."""
        raise NotImplementedError

    def say(self, words: Words, manner: Manner, *, code: str = "", url: str = "") -> Said:
        """An answer (`code` is its neutral outcome), or a notice to `url`."""
        raise NotImplementedError

    def accepts(self, status: int, body: bytes) -> bool:
        """Whether a merchant's receipt means that it has the notice."""
        raise NotImplementedError

    def bill(self, merchant_no: str, day: date, rows: list[Words], sums: Words) -> bytes:
        """The day's file."""
        raise NotImplementedError

    def drifted(self, content: bytes) -> bytes:
        """The file as after a change of its columns that nobody was told of."""
        raise NotImplementedError

    def hash_of(self, content: bytes) -> str:
        """The hash the link names."""
        raise NotImplementedError

    def money(self, amount_fen: int) -> Any:
        """An amount as it is written."""
        raise NotImplementedError

    def moment(self, seconds: float) -> str:
        """A moment as it is written."""
        raise NotImplementedError

    def translated(self, words: Words) -> Words:
        """Neutral words as the wire's paths and values; what the bank has no name for is left."""
        found: Words = {}
        for name, value in words.items():
            if name in self.names and value is not None:
                found[self.names[name]] = self._worded(name, value)
        return found

    def _worded(self, name: str, value: Any) -> Any:
        tables: Mapping[str, Callable[[Any], Any]] = {
            "state": lambda word: self.states.get(word, word),
            "refund_state": lambda word: self.refund_states.get(word, word),
            "payout_state": lambda word: self.payout_states.get(word, word),
            "event": lambda word: self.events[word],
            "currency": lambda word: self.currency if word == "CNY" else word,
        }
        if name in tables:
            return tables[name](value)
        if name.endswith("_fen"):
            return self.money(value)
        if name.endswith("_at"):
            return self.moment(value)
        return value
