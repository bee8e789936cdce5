"""The bank itself, asked over the real transport; what it answers is told in plain words."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

from accounts import clock
from accounts.errors import DomainError
from gateway.certification import rehearsal_keys
from gateway.certification.values import CannotTry
from gateway.channels import transport
from gateway.channels.banks.adapter import PartnerBank
from gateway.channels.debugging import Specimen
from gateway.channels.errors import (
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
)
from gateway.channels.port import (
    HttpRequest,
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentOffer,
    PaymentState,
    PaymentWish,
    Product,
    RefundFact,
    RefundState,
    RefundWish,
)
from gateway.channels.transport import AllowedHost

AMOUNT_FEN = 5_000
_PAUSE_SECONDS = 0.3
_WORDS: tuple[tuple[type[DomainError], str], ...] = (
    (ChannelOrderUnknown, "order unknown"),
    (ChannelRefundUnknown, "refund unknown"),
    (ChannelAskAgain, "asked to come again"),
    (ChannelRefused, "refused"),
)


class Payer(Protocol):
    """Who pays an order in the bank's test environment."""

    def pay(self, order_no: str, offer: PaymentOffer) -> None:
        """Returns when it is paid, or on its way."""
        ...


@dataclass(kw_only=True)
class TheirBank:
    """Our side of one conversation. `wait` bounds how long anything asynchronous may take."""

    adapter: PartnerBank
    merchant: Merchant
    hosts: Sequence[AllowedHost]
    payer: Payer | None
    wait: timedelta
    last: Specimen | None = None
    answers_ms: list[int] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def wish(self, amount_fen: int = AMOUNT_FEN) -> PaymentWish:
        """A fresh order of the bank's first product."""
        now = clock.now()
        product = next(iter(self.adapter.profile.products))
        return PaymentWish(
            order_no=secrets.token_hex(16),
            amount_fen=amount_fen,
            description="交通卡充值验收",
            placed_at=now,
            expires_at=now + timedelta(minutes=30),
            product=product,
            payer_ip="203.0.113.9" if product is Product.H5 else None,
        )

    def create(self, wish: PaymentWish) -> PaymentOffer:
        """Opens an order."""
        offer: PaymentOffer = self.ask(
            lambda merchant, stamp: self.adapter.create_payment(merchant, wish, **stamp),
            self.adapter.read_created,
        )
        return offer

    def query(self, order_no: str, **how: Any) -> PaymentFact:
        """Asks about an order; `how` as for ask."""
        fact: PaymentFact = self.ask(
            lambda merchant, stamp: self.adapter.query(
                merchant, order_no, placed_at=clock.now(), **stamp
            ),
            self.adapter.read_payment,
            **how,
        )
        return fact

    def close(self, order_no: str) -> None:
        """Closes an order."""
        self.ask(
            lambda merchant, stamp: self.adapter.close(
                merchant, order_no, placed_at=clock.now(), **stamp
            ),
            self.adapter.read_closed,
        )

    def refund(self, wish: RefundWish) -> RefundFact:
        """Asks for money back."""
        fact: RefundFact = self.ask(
            lambda merchant, stamp: self.adapter.refund(merchant, wish, **stamp),
            self.adapter.read_refund,
        )
        return fact

    def query_refund(self, wish: RefundWish) -> RefundFact:
        """Asks about a refund."""
        fact: RefundFact = self.ask(
            lambda merchant, stamp: self.adapter.query_refund(merchant, wish, **stamp),
            self.adapter.read_refund,
        )
        return fact

    def refund_wish(self, order_no: str, amount_fen: int) -> RefundWish:
        """A fresh refund of one of our orders."""
        return RefundWish(
            refund_no=secrets.token_hex(16),
            order_no=order_no,
            transaction_no="",
            asked_at=clock.now(),
            amount_fen=amount_fen,
            total_fen=AMOUNT_FEN,
            reason="验收退款",
        )

    def ask(
        self,
        make: Callable[[Merchant, dict[str, Any]], HttpRequest],
        read: Callable[..., Any],
        *,
        late: timedelta = timedelta(0),
        stranger: bool = False,
        change: Callable[[HttpRequest], HttpRequest] | None = None,
    ) -> Any:
        """One question: signed `late` ago, by a `stranger`'s pair, or changed after signing."""
        merchant = self.merchant
        if stranger:
            pem = rehearsal_keys.make(self.adapter.profile.seal.algorithms)[0]
            merchant = replace(merchant, signing_key_pem=pem)
        stamp = {"now": clock.now() - late, "nonce": secrets.token_hex(16)}
        request = make(merchant, stamp)
        response = self._send(change(request) if change else request)
        return read(self.merchant, response, now=clock.now())

    def paid_order(self, name: str) -> str:
        """The number of an order that was paid, made when first asked for; CannotTry."""
        if name not in self.kept:
            if self.payer is None:
                raise CannotTry("nobody pays: give --pay-url, or --by-hand")
            wish = self.wish()
            self.payer.pay(wish.order_no, self.create(wish))
            self.kept[name] = wish.order_no
            self.until(
                lambda: self.query(wish.order_no).state, lambda state: state is PaymentState.PAID
            )
        return str(self.kept[name])

    def refund_ended(self, wish: RefundWish) -> RefundFact:
        """The refund's fact, once it is no longer in work or our patience is over."""
        fact: RefundFact = self.until(
            lambda: self.query_refund(wish),
            lambda fact: fact.state is not RefundState.PROCESSING,
        )
        return fact

    def until(self, look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
        """Looks again and again until it is enough, or the time is over; the last look."""
        deadline = time.monotonic() + self.wait.total_seconds()
        while True:
            found = look()
            if enough(found) or time.monotonic() > deadline:
                return found
            time.sleep(_PAUSE_SECONDS)

    def _send(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = transport.send(request, hosts=self.hosts, now=clock.now())
        self.answers_ms.append(int((time.monotonic() - began) * 1_000))
        self.last = Specimen(headers=response.headers, body=response.body, status=response.status)
        return response


def told(act: Callable[[], str]) -> str:
    """What came of it: the words of `act`, or what the bank's no or silence means."""
    try:
        return act()
    except DomainError as error:
        for kind, words in _WORDS:
            if isinstance(error, kind):
                return words
        return f"{error.code}: {error.message}"


def offered(offer: PaymentOffer) -> str:
    """`an offer`, for what the payer needs is there."""
    return "an offer" if offer.code_url or offer.h5_url else "nothing to pay by"
