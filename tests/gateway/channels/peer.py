"""What the shared contract suite asks of the far end of a channel; each channel's peer derives.

A peer speaks truth, lies and half sentences in its channel's words, signed by code that is not the
adapter's. What its protocol does not have it says by the flags, and the suite then asks for what
must hold instead.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gateway.channels.port import (
    BillLink,
    HttpRequest,
    HttpResponse,
    Merchant,
    PaymentFact,
    RefundFact,
)

NOW = datetime(2026, 11, 22, 4, 0, 0, tzinfo=UTC)
DAY = date(2026, 11, 21)
ORDER_NO, REFUND_NO = "018f3c2e9b7a7c3d8e4f5a6b7c8d9e0f", "018f3c2e9b7a7c3d8e4f5a6b7c8d9e10"
Delivery = tuple[dict[str, str], bytes]


class Peer:
    """The far end of one channel."""

    name: str
    fresh_for: timedelta | None = timedelta(minutes=5)
    """How old a signature may be; None: the protocol says nothing of age."""
    names_its_keys = True
    """Whether a message says under which key it is signed."""
    signs_raw_bytes = True
    """Whether every byte of a notice is signed as it lies; else its decoded values are."""
    tells_when_signed = True
    """Whether a notice says when it was signed; else a repeated one is the same bytes again."""
    row_holds_its_keys = True
    """Whether our row holds the channel's keys; else each message brings its certificate."""
    pushes_refunds = True
    """Whether there is a notice that tells the fact of one refund."""
    has_bills = True
    """Whether the adapter fetches and reads a day's bill."""

    def merchant(self, *keys: Any) -> Merchant:
        """Our merchant row, holding the given channel keys (all of them when none are named)."""
        raise NotImplementedError

    def rotation(self) -> tuple[Any, Any]:
        """The old key and the new one of a rotation, each with a key_id."""
        raise NotImplementedError

    def expected_payment(self) -> PaymentFact:
        """What payment_notice() and payment_answer() mean: PAID, 5000 fen, of ORDER_NO."""
        raise NotImplementedError

    def expected_refund(self) -> RefundFact:
        """What refund_notice() means, where refunds are pushed."""
        raise NotImplementedError

    def payment_notice(self, *, key: Any = None, seconds: int = 0, **changed: Any) -> Delivery:
        """A genuine notice, `seconds` after NOW, with the changed words signed like the others."""
        raise NotImplementedError

    def refund_notice(self, **changed: Any) -> Delivery:
        """A genuine notice of a refund, where refunds are pushed."""
        raise NotImplementedError

    def payment_answer(self, **changed: Any) -> HttpResponse:
        """A genuine answer to a query."""
        raise NotImplementedError

    def refund_answer(self, **changed: Any) -> HttpResponse:
        """A genuine answer about a refund, `asked` set as the transport would."""
        raise NotImplementedError

    def signed_nonsense(self, data: bytes) -> Delivery:
        """A notice under a genuine signature whose content is random bytes."""
        raise NotImplementedError

    def answered_nonsense(self, data: bytes) -> HttpResponse:
        """An answer under a genuine signature whose content is random bytes."""
        raise NotImplementedError

    def unsigned(self, response: HttpResponse) -> HttpResponse:
        """The same answer without a signature."""
        raise NotImplementedError

    def lies(self, headers: dict[str, str], body: bytes) -> dict[str, Delivery]:
        """The delivery with exactly one signed field changed, by field; no re-signing."""
        raise NotImplementedError

    def answer_lies(self, response: HttpResponse) -> dict[str, HttpResponse]:
        """The answer with exactly one signed field changed, by field; no re-signing."""
        raise NotImplementedError

    def other_algorithms(self) -> dict[str, Delivery]:
        """payment_notice() labelled, or truly signed, by what is not this channel's algorithm."""
        raise NotImplementedError

    def merchants_with_wrong_keys(self) -> dict[str, Merchant]:
        """merchant() holding, under the right names, keys that cannot be the channel's."""
        raise NotImplementedError

    def amount_words(self, amount_fen: int) -> dict[str, Any]:
        """The changed words that make payment_notice and payment_answer say this amount."""
        raise NotImplementedError

    def impossible_amount_words(self) -> list[dict[str, Any]]:
        """Changed words of amounts that are not plainly whole fen."""
        raise NotImplementedError

    def foreign_payment_words(self) -> dict[str, dict[str, Any]]:
        """Each compared field of payment_notice, changed to another's, by its name."""
        raise NotImplementedError

    def foreign_answer_words(self) -> dict[str, dict[str, Any]]:
        """The same of payment_answer; empty where answers do not repeat whose they are."""
        return self.foreign_payment_words()

    def foreign_refund_notice_words(self) -> dict[str, dict[str, Any]]:
        """The same of refund_notice."""
        return {}

    def unknown_state_words(self) -> dict[str, Any]:
        """A state nobody has heard of, in payment_notice and payment_answer."""
        raise NotImplementedError

    def unknown_refund_state_words(self) -> dict[str, Any]:
        """A state nobody has heard of, in refund_answer."""
        raise NotImplementedError

    def bill(self, amounts_fen: list[int]) -> tuple[bytes, BillLink]:
        """A day's bill of paid orders as it travels, and its link."""
        raise NotImplementedError

    def cut_bills(self, amounts_fen: list[int]) -> Iterator[tuple[bytes, BillLink]]:
        """That bill cut short in every way, each with a link that would prove the piece."""
        raise NotImplementedError

    def secrets(self, merchant: Merchant, request: HttpRequest) -> list[str]:
        """What may not be printed with a merchant or this request of it."""
        raise NotImplementedError

    def content(self, request: HttpRequest) -> Any:
        """What a request says; without its signature where that is drawn by lot, as in SM2."""
        return request

    def foreign_merchant(self) -> Merchant:
        """Another merchant of the same channel with the same keys."""
        return replace(self.merchant(), merchant_no="1900000999")
