"""Says a payout, or a question about one, in a bank's words, and reads what it answers."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from gateway.channels.banks import answers, questions
from gateway.channels.banks.forms import SHANGHAI, NotInForm, Value
from gateway.channels.banks.payouts.tables import PAYOUTS
from gateway.channels.banks.payouts.values import (
    PayoutFact,
    PayoutState,
    PayoutWish,
    StatementWish,
)
from gateway.channels.banks.payouts.words import PayAct, PayoutWords
from gateway.channels.banks.profile import BankProfile
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.banks.reading import Foreign, Reader
from gateway.channels.errors import BillNotOffered, ChannelNotKnown, ChannelRefused, WishRefused
from gateway.channels.values import Asked, BillLink, HttpRequest, HttpResponse, Merchant

_NUMBER = re.compile(r"[0-9A-Za-z]{6,32}")
_ACCOUNT = re.compile(r"[0-9A-Za-z-]{4,34}")
_BANK_NO = re.compile(r"[0-9]{12}")
_HEX_64 = re.compile(r"[0-9a-fA-F]{64}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LARGEST_FEN = 10**12 - 1
_OLDEST_STATEMENT = timedelta(days=366)


class BankAccountLine:
    """One bank's dialect for our accounts there; stateless and pure."""

    def __init__(self, profile: BankProfile, words: PayoutWords) -> None:
        self.words = words
        more = dict.fromkeys((*words.refused, *words.never_taken), ChannelRefused)
        self.profile = replace(
            profile,
            fields={**profile.fields, **words.fields},
            refusals={**more, **profile.refusals},
        )

    def pay_out(
        self, merchant: Merchant, wish: PayoutWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The signed instruction; WishRefused, with nothing signed, when it cannot be said."""
        values: dict[str, Value] = {
            "payout_no": _formed(_NUMBER, wish.payout_no, "payout_no"),
            "payer_account": _formed(_ACCOUNT, wish.payer_account, "payer_account"),
            "payee_account": _formed(_ACCOUNT, wish.payee_account, "payee_account"),
            "payee_name": _plain(wish.payee_name, self.words.longest_name, "payee_name"),
            "payout_amount": self.profile.money.write(_fen(wish.amount_fen)),
            "currency": self.profile.currency,
            "purpose": _plain(wish.purpose, self.words.longest_purpose, "purpose"),
        }
        if wish.payee_bank_no:
            values["payee_bank_no"] = _formed(_BANK_NO, wish.payee_bank_no, "payee_bank_no")
        if wish.payee_bank_name:
            values["payee_bank_name"] = _plain(
                wish.payee_bank_name, self.words.longest_name, "payee_bank_name"
            )
        request = self._ask(merchant, PayAct.PAY_OUT, values, now=now, nonce=nonce)
        return replace(request, asked=Asked(order_no=wish.payout_no, amount_fen=wish.amount_fen))

    def read_pay_out(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PayoutFact:
        """What became of the instruction just sent.

        A proven refusal in an agreed word is REJECTED, in any other word UNKNOWN. Raises
        ChannelSilent and its children, AnswerForged and ChannelKeyUnknown as every answer does.
        """
        try:
            return self._fact(merchant, response, now=now)
        except ChannelRefused as refused:
            word = refused.channel_code
            known = word in self.words.refused
            return PayoutFact(
                payout_no=response.asked.order_no,
                state=PayoutState.REJECTED if known else PayoutState.UNKNOWN,
                raw_state=word,
                reason=word,
            )

    def query(
        self, merchant: Merchant, payout_no: str, amount_fen: int, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Asks about an instruction by our number."""
        values: dict[str, Value] = {"payout_no": _formed(_NUMBER, payout_no, "payout_no")}
        request = self._ask(merchant, PayAct.QUERY, values, now=now, nonce=nonce)
        return replace(request, asked=Asked(order_no=payout_no, amount_fen=amount_fen))

    def read_query(
        self, merchant: Merchant, response: HttpResponse, *, now: datetime
    ) -> PayoutFact:
        """What the bank says of the number; a refusal of the question decides nothing."""
        try:
            return self._fact(merchant, response, now=now)
        except ChannelRefused as refused:
            word = refused.channel_code
            return PayoutFact(
                payout_no=response.asked.order_no,
                state=PayoutState.UNKNOWN,
                raw_state=word,
                reason=word,
                never_taken=word in self.words.never_taken,
            )

    def statement(
        self, merchant: Merchant, wish: StatementWish, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """The link to an account's statement of one past Shanghai day.

        BillNotOffered when the bank gives statements another way only.
        """
        if not self.words.gives_statements:
            raise BillNotOffered("the bank has no interface for statements")
        today = now.astimezone(SHANGHAI).date()
        if not today - _OLDEST_STATEMENT <= wish.day < today:
            raise WishRefused("a statement is of a past day within a year")
        values: dict[str, Value] = {
            "account_no": _formed(_ACCOUNT, wish.account_no, "account_no"),
            "bill_day": wish.day.isoformat(),
        }
        return self._ask(merchant, PayAct.STATEMENT, values, now=now, nonce=nonce)

    def read_statement(
        self, merchant: Merchant, response: HttpResponse, *, wish: StatementWish, now: datetime
    ) -> BillLink:
        """Where the statement lies and what it hashes to, proven to be that account's and day's."""
        said = answers.proven_answer(self.profile, merchant, response, now=now)
        return answers.in_answer(lambda: self._link(said, merchant, wish))

    def statement_download(
        self, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Only from the bank's own host."""
        return questions.bill_download(self.profile, merchant, link, now=now, nonce=nonce)

    def _ask(
        self,
        merchant: Merchant,
        act: PayAct,
        values: dict[str, Value],
        *,
        now: datetime,
        nonce: str,
    ) -> HttpRequest:
        door = self.words.doors[act]
        return questions.said_at(
            self.profile, merchant, door, values, act=act.value, now=now, nonce=nonce
        )

    def _fact(self, merchant: Merchant, response: HttpResponse, *, now: datetime) -> PayoutFact:
        said = answers.proven_answer(self.profile, merchant, response, now=now)
        return answers.in_answer(lambda: self._read(said, merchant, response.asked))

    def _read(self, said: Reader, merchant: Merchant, asked: Asked) -> PayoutFact:
        """Foreign when the words are about another merchant, number, currency or amount."""
        said.ours("merchant_no", merchant.merchant_no)
        said.ours("payout_no", asked.order_no)
        raw_state = said.text("payout_state", most=32)
        state = self.words.states.get(raw_state, PayoutState.UNKNOWN)
        paid = state is PayoutState.PAID
        if paid or said.has("currency"):
            said.ours("currency", self.profile.currency)
        amount_fen = said.money("payout_amount") if paid or said.has("payout_amount") else None
        if amount_fen is not None and amount_fen != asked.amount_fen:
            raise Foreign("another amount than was instructed")
        return PayoutFact(
            payout_no=asked.order_no,
            state=state,
            raw_state=raw_state,
            bank_no=said.number("payout_serial") if paid or said.has("payout_serial") else "",
            reason=said.maybe("payout_reason") or "",
            amount_fen=amount_fen,
            done_at=said.moment("payout_done_at") if paid else None,
            given_back=raw_state in self.words.given_back,
        )

    def _link(self, said: Reader, merchant: Merchant, wish: StatementWish) -> BillLink:
        said.ours("merchant_no", merchant.merchant_no)
        said.ours("account_no", wish.account_no)
        if _day(said.text("bill_day")) != wish.day:
            raise Foreign("a link to the statement of another day")
        hash_hex = said.text("bill_hash")
        if not _HEX_64.fullmatch(hash_hex):
            raise NotInForm("the statement's hash is not 64 hex digits")
        return BillLink(
            day=wish.day,
            url=said.text("bill_url", most=2048),
            hash_type=self.profile.hash_type,
            hash_hex=hash_hex,
        )


_LINES = {
    profile.name: BankAccountLine(profile, PAYOUTS[profile.name])
    for profile in PROFILES
    if profile.name in PAYOUTS
}


def line_of(bank: str) -> BankAccountLine:
    """The dialect of the bank with this code; ChannelNotKnown."""
    if bank not in _LINES:
        raise ChannelNotKnown("no dialect for accounts at this bank", bank=bank[:32])
    return _LINES[bank]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotInForm("the statement's day is not a day") from None


def _formed(form: re.Pattern[str], given: str, name: str) -> str:
    if not form.fullmatch(given):
        raise WishRefused(f"{name} is not in the bank's form")
    return given


def _plain(given: str, longest: int, name: str) -> str:
    if not 0 < len(given) <= longest or _UNPRINTABLE.search(given):
        raise WishRefused(f"{name} is not a plain text of 1 to {longest} characters")
    return given


def _fen(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= _LARGEST_FEN:
        raise WishRefused("the amount is not a positive whole number of fen")
    return amount_fen
