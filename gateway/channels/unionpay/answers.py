"""银联's answers: which are proven, what a refusal means, what the words stand for."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from gateway.channels.errors import (
    AnswerForeign,
    AnswerForged,
    AnswerSignatureWrong,
    AnswerUnreadable,
    AnswerUnsigned,
    ChannelSilent,
    RefusalUnproven,
)
from gateway.channels.port import (
    Asked,
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)
from gateway.channels.unionpay import meanings, words
from gateway.channels.unionpay.signing import prove
from gateway.channels.unionpay.words import SIGNATURE, NotWords
from gateway.channels.unproven import Doubt, Unproven

Fact = TypeVar("Fact")
YUAN = "156"
PAY, REFUND, QUERY = "01", "04", "00"
# A query's answer names the transaction asked about (seen in public captures, B) or itself (C).
_TOLD_OF = {PAY: frozenset({PAY, QUERY}), REFUND: frozenset({REFUND, QUERY})}
_FORGERIES: Mapping[Doubt, type[AnswerForged]] = {
    Doubt.UNSIGNED: AnswerUnsigned,
    Doubt.WRONG: AnswerSignatureWrong,
}


class Foreign(ValueError):
    """The words are about another merchant or currency than ours."""


def proven_answer(merchant: Merchant, response: HttpResponse, *, now: datetime) -> dict[str, str]:
    """The words of an answer that 银联 signed, whatever they say.

    Raises AnswerForged; ChannelSilent when it is no answer of acp's, or an unsigned refusal.
    """
    if response.status != 200:
        raise ChannelSilent("not an answer of the gateway's", http_status=response.status)
    try:
        said = words.of_answer(response.body)
    except NotWords as reason:
        raise AnswerUnreadable(str(reason)) from None
    if not said.get(SIGNATURE) and said.get("respCode", meanings.SUCCESS) not in meanings.DONE:
        raise RefusalUnproven("a refusal nobody signed", claimed=said["respCode"][:8])
    try:
        prove(merchant, said, now=now)
    except Unproven as unproven:
        raise _FORGERIES[unproven.doubt](str(unproven)) from None
    return said


def accepted(said: Mapping[str, str], *, of_refund: bool = False) -> None:
    """Returns when our request was carried out; raises what its code means otherwise."""
    code = said.get("respCode", "")
    if code in meanings.DONE:
        return
    refusal = meanings.refusal(code, of_refund=of_refund)
    raise refusal or ChannelSilent("a code that decides nothing", channel_code=code[:8])


def read(reader: Callable[[], Fact]) -> Fact:
    """What `reader` finds in proven words; AnswerForeign or AnswerUnreadable."""
    try:
        return reader()
    except Foreign as reason:
        raise AnswerForeign(str(reason)) from None
    except NotWords as reason:
        raise AnswerUnreadable(str(reason)) from None


def payment_fact(merchant: Merchant, said: Mapping[str, str], *, code: str) -> PaymentFact:
    """The fact in 银联's words; NotWords or Foreign. A PAID fact is complete."""
    about(merchant, said, PAY)
    state = meanings.payment_state(code)
    paid = state is PaymentState.PAID
    placed_at = meanings.moment_of_stamp(words.text(said, "txnTime", most=14))
    if paid or said.get("currencyCode"):
        _ours(said, "currencyCode", YUAN)
    if said.get("settleCurrencyCode"):
        _ours(said, "settleCurrencyCode", YUAN)
    return PaymentFact(
        order_no=words.text(said, "orderId", most=40),
        state=state,
        raw_state=code,
        merchant_no=merchant.merchant_no,
        app_no=merchant.app_no,
        transaction_no=words.digits(said, "queryId", least=8, most=32) if paid else None,
        amount_fen=words.fen(said, "txnAmt") if paid else words.optional_fen(said, "txnAmt"),
        currency="CNY" if said.get("currencyCode") else None,
        paid_at=_traced_at(said, placed_at) if paid else None,
        trade_type=said.get("bizType") or None,
        settlement_day=_settled_on(said, placed_at),
    )


def refund_fact(
    merchant: Merchant, said: Mapping[str, str], *, code: str, asked: Asked | None = None
) -> RefundFact:
    """The fact in 银联's words.

    Its order and that order's total are our own words (reqReserved) sent back, in an answer that
    leaves them out those we `asked` with.
    """
    about(merchant, said, REFUND)
    state = meanings.refund_state(code)
    asked_at = meanings.moment_of_stamp(words.text(said, "txnTime", most=14))
    order_no, total_fen = _own_words(said, asked)
    done = state is RefundState.DONE
    if said.get("currencyCode"):
        _ours(said, "currencyCode", YUAN)
    return RefundFact(
        refund_no=words.text(said, "orderId", most=40),
        order_no=order_no,
        channel_refund_no=(
            words.digits(said, "queryId", least=8, most=32) if done else said.get("queryId", "")
        ),
        state=state,
        raw_state=code,
        amount_fen=words.fen(said, "txnAmt"),
        total_fen=total_fen,
        merchant_no=merchant.merchant_no,
        transaction_no=said.get("origQryId") or None,
        currency="CNY" if said.get("currencyCode") else None,
        done_at=_traced_at(said, asked_at) if done else None,
        settlement_day=_settled_on(said, asked_at),
    )


def about(merchant: Merchant, said: Mapping[str, str], kind: str) -> None:
    """NotWords or Foreign unless the words are about a transaction of ours, of this kind."""
    _ours(said, "merId", merchant.merchant_no)
    if said.get("txnType") not in _TOLD_OF[kind]:
        raise NotWords("another kind of transaction than asked about")


def _ours(said: Mapping[str, str], name: str, ours: str) -> None:
    given = words.text(said, name, most=64)
    if given != ours:
        raise Foreign(f"{name} is {given}, ours is {ours}")


def _own_words(said: Mapping[str, str], asked: Asked | None) -> tuple[str, int]:
    if said.get("reqReserved") or asked is None or asked.total_fen is None:
        order_no, _, total = words.text(said, "reqReserved", most=64).partition("|")
        return order_no, words.fen({"reqReserved": total}, "reqReserved")
    return asked.order_no, asked.total_fen


def _traced_at(said: Mapping[str, str], base: datetime) -> datetime:
    """When 银联 carried it out: the only moment it tells, without its year."""
    return meanings.moment_near(words.text(said, "traceTime", most=10), base)


def _settled_on(said: Mapping[str, str], base: datetime) -> date | None:
    return meanings.day_near(said["settleDate"], base) if said.get("settleDate") else None
