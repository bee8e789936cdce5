"""The line to a channel: asks over the transport and believes only a verified answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, Generic, TypeVar
from urllib.parse import urlsplit

from django.conf import settings

from accounts import clock
from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.trail import alarm
from gateway.channels import transport
from gateway.channels.errors import AnswerForged, ChannelKeyUnknown, ChannelRefused, ChannelSilent
from gateway.channels.port import (
    ChannelAdapter,
    HttpRequest,
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentOffer,
    PaymentWish,
)
from gateway.channels.registry import adapter
from gateway.channels.transport import AllowedHost
from gateway.payments import keys, merchants
from gateway.payments.models import MerchantAccount

Fact = TypeVar("Fact")
HTTPS_PORT = 443
HTTP_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Fact]):
    """A fact and the bytes it was read from."""

    fact: Fact
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a message leaves and the random word that makes it unlike any other."""

    now: datetime
    nonce: str


Question = Callable[[ChannelAdapter, Merchant, Stamp], HttpRequest]
Reading = Callable[[ChannelAdapter, Merchant, HttpResponse, datetime], Fact]


class Line:
    """One conversation with one channel for one merchant account; open no transaction around it.

    What is signed carries the moment it leaves, whatever moment a sweep works for: the channel
    compares it with its own clock.
    """

    def __init__(self, account: MerchantAccount) -> None:
        self.account = account
        self.adapter: ChannelAdapter = adapter(account.channel)
        self.merchant: Merchant = merchants.spoken_for(account)

    def ask(self, question: Question, read: Reading[Fact]) -> Answer[Fact]:
        """Sends the question and reads the answer, learning the channel's new keys once if needed.

        Raises ChannelSilent when the outcome is unknown, ChannelRefused when it was a clear no,
        AnswerForged, after an alarm, when the answer is not the channel's.
        """
        response = self._send(question(self.adapter, self.merchant, _stamp()))
        try:
            fact = self._read(read, response)
        except AnswerForged as forged:
            self._alarm(forged.code)
            raise
        return Answer(fact=fact, body=response.body)

    def browser_offer(self, wish: PaymentWish) -> PaymentOffer | None:
        """What the payer's browser carries to the channel itself; None: the channel is asked."""
        stamp = _stamp()
        return self.adapter.browser_offer(self.merchant, wish, now=stamp.now, nonce=stamp.nonce)

    def ask_as(self, merchant: Merchant, question: Question) -> PaymentFact:
        """Asks about a payment as another view of this account: other keys of ours or theirs.

        Learns nothing, counts nothing, alarms nobody; raises what the reading raises.
        """
        response = self._send(question(self.adapter, merchant, _stamp()))
        return self.adapter.read_payment(merchant, response, now=clock.now())

    def download(self, question: Question, sink: BinaryIO) -> None:
        """Brings a file into a seekable sink; what proves it is the reader's matter.

        Raises ChannelSilent when it did not come whole.
        """
        response = transport.download(
            question(self.adapter, self.merchant, _stamp()),
            sink,
            hosts=hosts_of(self.account),
            now=clock.now(),
        )
        if response.status != HTTP_OK:
            raise ChannelSilent("no file", http_status=response.status)

    def refresh_keys(self, key_id: str) -> None:
        """Asks for the channel's keys after an unknown one was met; always raises an alarm.

        Where the channel publishes none nothing else happens: people bring the new key.
        """
        self._alarm("channel_key_unknown", key_id=key_id)
        stamp = _stamp()
        request = self.adapter.keys_request(self.merchant, now=stamp.now, nonce=stamp.nonce)
        if request is None:
            return
        response = self._send(request)
        keys = self.adapter.read_keys(self.merchant, response, now=clock.now())
        merchants.learn_keys(self.account, {key.key_id: key.pem.decode() for key in keys})
        self.merchant = merchants.spoken_for(self.account)

    def _read(self, read: Reading[Fact], response: HttpResponse) -> Fact:
        try:
            return self._read_counted(read, response)
        except ChannelKeyUnknown as unknown:
            if not keys.may_refresh_for_answer(self.account, unknown.key_id, now=clock.now()):
                raise
            self.refresh_keys(unknown.key_id)
        return self._read_counted(read, response)

    def _read_counted(self, read: Reading[Fact], response: HttpResponse) -> Fact:
        """Reads the answer and counts under which of the channel's keys it was proven."""
        watched = keys.WatchedKeys(self.merchant.platform_keys)
        try:
            return read(
                self.adapter,
                replace(self.merchant, platform_keys=watched),
                response,
                clock.now(),
            )
        except ChannelRefused:
            raise
        except DomainError:
            watched.used = None
            raise
        finally:
            if watched.used is not None:
                keys.count_answer(self.account, watched.used, now=clock.now())

    def _alarm(self, code: str, **facts: object) -> None:
        actor = Actor(kind="channel", id=self.account.channel)
        alarm(code, actor=actor, now=clock.now(), subject=self.account.merchant_no, **facts)

    def _send(self, request: HttpRequest) -> HttpResponse:
        return transport.send(request, hosts=hosts_of(self.account), now=clock.now())


def hosts_of(account: MerchantAccount) -> list[AllowedHost]:
    """Where this account may speak to: its channel's address, and the option `hosts`.

    The option names them as "host" or "host:port" with blanks between, for channels whose bills
    lie elsewhere.
    """
    parts = urlsplit(account.base_url)
    known = [(parts.hostname or "", parts.port or HTTPS_PORT)]
    for word in str(account.options.get("hosts", "")).split():
        host, _, port = word.partition(":")
        known.append((host, int(port or HTTPS_PORT)))
    return [AllowedHost(host=host, port=port, loopback=settings.IS_SANDBOX) for host, port in known]


def _stamp() -> Stamp:
    return Stamp(now=clock.now(), nonce=secrets.token_hex(16))
