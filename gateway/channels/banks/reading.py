"""Reads a bank's proven words by our names, each in its form, or not at all."""

import re
from dataclasses import dataclass
from datetime import datetime

from gateway.channels.banks.codecs import Words
from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.profile import BankProfile
from gateway.channels.values import (
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)

_NUMBER = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")


class Foreign(ValueError):
    """The words are about another merchant, app or currency than ours."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The words of one message, asked for by our names; NotInForm for what is not as agreed."""

    profile: BankProfile
    words: Words

    def text(self, name: str, *, most: int = 256) -> str:
        """A present text."""
        value = self.maybe(name, most=most)
        if value is None:
            raise NotInForm(f"{self._path(name) or name} is missing or empty")
        return value

    def maybe(self, name: str, *, most: int = 256) -> str | None:
        """The text, None when it is absent, empty, or not one of this bank's words."""
        value = self.words.get(self._path(name))
        if value is None or value == "":
            return None
        if type(value) is not str or len(value) > most:
            raise NotInForm(f"{self._path(name)} is not a text of at most {most} characters")
        return value

    def number(self, name: str) -> str:
        """A present number of letters, digits, dot, hyphen and underscore."""
        value = self.text(name, most=64)
        if not _NUMBER.fullmatch(value):
            raise NotInForm(f"{self._path(name)} is not a number")
        return value

    def has(self, name: str) -> bool:
        """Whether the word is there and not empty."""
        return self.words.get(self._path(name), "") != ""

    def money(self, name: str) -> int:
        """A present amount in fen."""
        if not self.has(name):
            raise NotInForm(f"{self._path(name) or name} is missing")
        return self.profile.money.read(self.words[self._path(name)])

    def moment(self, name: str) -> datetime:
        """A present moment, aware UTC."""
        return self.profile.moments.read(self.text(name, most=40))

    def ours(self, name: str, ours: str) -> None:
        """Foreign unless the word is there and ours."""
        given = self.text(name, most=64)
        if given != ours:
            raise Foreign(f"{self._path(name)} is {given}, ours is {ours}")

    def _path(self, name: str) -> str:
        return self.profile.fields.get(name, "")


def payment_fact(profile: BankProfile, merchant: Merchant, words: Words) -> PaymentFact:
    """The payment the words tell of; NotInForm or Foreign. A PAID fact is complete."""
    said = Reader(profile, words)
    said.ours("merchant_no", merchant.merchant_no)
    said.ours("app_no", merchant.app_no)
    raw_state = said.text("state", most=32)
    state = profile.payment_states.get(raw_state, PaymentState.UNKNOWN)
    paid = state is PaymentState.PAID
    if paid or said.has("currency"):
        said.ours("currency", profile.currency)
    return PaymentFact(
        order_no=said.number("order_no"),
        state=state,
        raw_state=raw_state,
        merchant_no=merchant.merchant_no,
        app_no=merchant.app_no,
        transaction_no=_serial(said) if paid or said.has("transaction_no") else None,
        amount_fen=said.money("amount") if paid or said.has("amount") else None,
        payer_fen=said.money("payer_amount") if said.has("payer_amount") else None,
        currency="CNY" if said.has("currency") else None,
        paid_at=said.moment("paid_at") if paid else None,
        trade_type=said.maybe("product", most=16),
        given_back=raw_state in profile.given_back,
        payer_no=said.maybe("payer_no", most=64),
    )


def refund_fact(profile: BankProfile, merchant: Merchant, words: Words) -> RefundFact:
    """The refund the words tell of; NotInForm or Foreign."""
    said = Reader(profile, words)
    said.ours("merchant_no", merchant.merchant_no)
    if said.has("currency"):
        said.ours("currency", profile.currency)
    raw_state = said.text("refund_state", most=32)
    state = profile.refund_states.get(raw_state, RefundState.UNKNOWN)
    amount_fen, total_fen = said.money("refund_amount"), said.money("total")
    if amount_fen > total_fen:
        raise NotInForm("a refund larger than its order")
    return RefundFact(
        refund_no=said.number("refund_no"),
        order_no=said.number("order_no"),
        channel_refund_no=said.number("channel_refund_no"),
        state=state,
        raw_state=raw_state,
        amount_fen=amount_fen,
        total_fen=total_fen,
        merchant_no=merchant.merchant_no,
        transaction_no=_serial(said) if said.has("transaction_no") else None,
        currency="CNY" if said.has("currency") else None,
        done_at=said.moment("done_at") if state is RefundState.DONE else None,
    )


def _serial(said: Reader) -> str:
    """The bank's serial number; with its day where the bank counts anew each day."""
    serial = said.number("transaction_no")
    if not said.profile.serial_day:
        return serial
    day = str(said.words.get(said.profile.serial_day, ""))
    if not _DAY.fullmatch(day):
        raise NotInForm(f"{said.profile.serial_day} is not the serial number's day")
    whole = f"{day.replace('-', '')}-{serial}"
    if not _NUMBER.fullmatch(whole):
        raise NotInForm("the serial number is longer than one may be")
    return whole
