"""合作银行 as payment channels of the house: one adapter, told by a profile how its bank speaks."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import BinaryIO

from cryptography.hazmat.primitives import serialization

from gateway.channels.banks import answers, bill, questions
from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.profile import Act, BankProfile
from gateway.channels.banks.reading import Reader, payment_fact, refund_fact
from gateway.channels.banks.seal_in_headers import algorithm_of
from gateway.channels.errors import AnswerForged, ChannelRefused, WishRefused
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

_MOST_KEYS = 20
_HEX_64 = re.compile(r"[0-9a-fA-F]{64}")


class PartnerBank:
    """Stateless; see gateway.channels.port.ChannelAdapter for what each method promises."""

    can_refuse_credit = False

    def __init__(self, profile: BankProfile) -> None:
        self.profile = profile
        self.name = profile.name

    def browser_offer(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> PaymentOffer | None:
        """None: every product is opened by a request of ours."""
        return None

    def create_payment(
        self, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The same order_no with the same content is one order."""
        return questions.create_payment(self.profile, merchant, wish, now=now, nonce=nonce)

    def read_created(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentOffer:
        """A QR's content or a page at the bank to jump to."""
        said = self._proven(merchant, response, now)
        return answers.in_answer(lambda: answers.offer(said, merchant, response.asked))

    def client_params(
        self, merchant: Merchant, prepay_id: str, *, now: datetime, nonce: str
    ) -> Mapping[str, str]:
        """WishRefused: a bank has no page inside its app that we could sign for."""
        raise WishRefused("a bank has no prepay_id", bank=self.name)

    def query(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our own order number."""
        return questions.about_order(
            self.profile, merchant, Act.QUERY, order_no, now=now, nonce=nonce
        )

    def read_payment(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PaymentFact:
        """A state word that is not agreed is UNKNOWN; an answer about another order is foreign."""
        said = self._proven(merchant, response, now)
        fact = answers.in_answer(lambda: payment_fact(self.profile, merchant, said.words))
        answers.about_what_was_asked(response.asked, fact)
        return fact

    def close(
        self, merchant: Merchant, order_no: str, *, placed_at: datetime, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our own order number."""
        return questions.about_order(
            self.profile, merchant, Act.CLOSE, order_no, now=now, nonce=nonce
        )

    def read_closed(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> None:
        """Closed now, or closed before."""
        try:
            said = self._proven(merchant, response, now)
        except ChannelRefused as refused:
            if refused.channel_code not in self.profile.closed_already:
                raise
            return
        answers.in_answer(lambda: answers.about_order(said, merchant, response.asked))

    def refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Idempotent at the bank by refund_no."""
        return questions.refund(self.profile, merchant, wish, now=now, nonce=nonce)

    def read_refund(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> RefundFact:
        """Mostly PROCESSING at first; an answer about another refund is foreign."""
        said = self._proven(merchant, response, now)
        fact = answers.in_answer(lambda: refund_fact(self.profile, merchant, said.words))
        answers.about_what_was_asked(response.asked, fact)
        return fact

    def query_refund(
        self, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """By our own refund number."""
        return questions.query_refund(self.profile, merchant, wish, now=now, nonce=nonce)

    def read_notice(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Proven for the address we gave the bank, whatever a proxy made of it."""
        return answers.read_notice(self.profile, merchant, headers, body, now=now)

    def notice_receipt(self, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """In the bank's own words."""
        receipt = self.profile.accepted if accepted else self.profile.come_again
        return receipt.status, {"Content-Type": receipt.content_type}, receipt.body

    def keys_request(self, merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest | None:
        """None where the bank hands its keys over by hand."""
        return questions.keys_request(self.profile, merchant, now=now, nonce=nonce)

    def read_keys(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> tuple[PlatformKey, ...]:
        """The list is believed under a key we hold already: a new one is introduced by an old."""
        said = self._proven(merchant, response, now)
        return answers.in_answer(lambda: tuple(self._keys(said)))

    def bill_request(
        self, merchant: Merchant, day: date, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """A past day within three months."""
        return questions.bill_request(self.profile, merchant, day, now=now, nonce=nonce)

    def read_bill_link(
        self, merchant: Merchant, response: HttpResponse, *, day: date, now: datetime
    ) -> BillLink:
        """Where the file lies and what it hashes to."""
        said = self._proven(merchant, response, now)
        return answers.in_answer(lambda: _link(self.profile, merchant, said, day))

    def bill_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Only from the bank's own host."""
        return questions.bill_download(self.profile, merchant, link, now=now, nonce=nonce)

    def read_bill(
        self, merchant: Merchant, stream: BinaryIO, *, link: BillLink
    ) -> Iterator[BillLine]:
        """Hash, lines, count and sums."""
        return bill.read_bill(self.profile, merchant, stream, link=link)

    def _proven(self, merchant: Merchant, response: HttpResponse, now: datetime) -> Reader:
        return answers.proven_answer(self.profile, merchant, response, now=now)

    def _keys(self, said: Reader) -> Iterator[PlatformKey]:
        base = self.profile.fields["keys"]
        for place in range(_MOST_KEYS + 1):
            if f"{base}.{place}.key_id" not in said.words:
                break
            yield self._key(said, f"{base}.{place}")
        if place in (0, _MOST_KEYS):
            raise NotInForm(f"not one to {_MOST_KEYS} keys")

    def _key(self, said: Reader, base: str) -> PlatformKey:
        given = {
            name: str(said.words.get(f"{base}.{name}", ""))
            for name in ("key_id", "spki", "valid_from", "valid_until")
        }
        try:
            public = serialization.load_der_public_key(
                base64.b64decode(given["spki"], validate=True)
            )
        except (binascii.Error, ValueError):
            raise AnswerForged("a key that cannot be read", key_id=given["key_id"][:64]) from None
        if algorithm_of(public) not in self.profile.seal.algorithms:
            raise AnswerForged("a key of a kind that is not agreed", key_id=given["key_id"][:64])
        pem = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        moments = self.profile.moments
        return PlatformKey(
            key_id=given["key_id"],
            pem=pem,
            valid_from=moments.read(given["valid_from"]),
            valid_until=moments.read(given["valid_until"]),
        )


def _link(profile: BankProfile, merchant: Merchant, said: Reader, day: date) -> BillLink:
    said.ours("merchant_no", merchant.merchant_no)
    if said.text("bill_day").replace("-", "") != day.strftime("%Y%m%d"):
        raise NotInForm("a link to the bill of another day")
    hash_hex = said.text("bill_hash")
    if not _HEX_64.fullmatch(hash_hex):
        raise NotInForm("the bill's hash is not 64 hex digits")
    return BillLink(
        day=day,
        url=said.text("bill_url", most=2048),
        hash_type=profile.hash_type,
        hash_hex=hash_hex,
    )
