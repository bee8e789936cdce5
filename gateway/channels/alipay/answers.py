"""支付宝's answers: which are proven, what a code means, what the words stand for."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from gateway.channels import strict_json
from gateway.channels.alipay.questions import SHANGHAI
from gateway.channels.alipay.raw_node import signed_node
from gateway.channels.alipay.signing import prove
from gateway.channels.errors import (
    AnswerForeign,
    AnswerForged,
    AnswerSignatureWrong,
    AnswerUnreadable,
    AnswerUnsigned,
    BillNotThere,
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    ChannelSilent,
    RefusalUnproven,
)
from gateway.channels.strict_json import NotStrict
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import (
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)
from gateway.channels.yuan import fen_of_yuan

QUERIED = "alipay_trade_query_response"
OPENED = ("alipay_trade_precreate_response", "alipay_trade_create_response")
CLOSED = "alipay_trade_close_response"
REFUNDED = "alipay_trade_refund_response"
REFUND_QUERIED = "alipay_trade_fastpay_refund_query_response"
BILL_LINKED = "alipay_data_dataservice_bill_downloadurl_query_response"
_REFUSED_AT_THE_DOOR = "error_response"

WAITING, SUCCESS, FINISHED, ENDED = (
    "WAIT_BUYER_PAY",
    "TRADE_SUCCESS",
    "TRADE_FINISHED",
    "TRADE_CLOSED",
)
REFUND_STATES: Mapping[str, RefundState] = {"REFUND_SUCCESS": RefundState.DONE}
# 40004's reasons, without their prefix and in capitals, under which this request did nothing. Any
# other reason leaves the outcome unknown; so does DISCORDANT_REPEAT_REQUEST, said of a number that
# was used before with other content.
REFUSALS: Mapping[str, type[ChannelRefused]] = {
    "TRADE_NOT_EXIST": ChannelOrderUnknown,
    "TRADE_STATUS_ERROR": ChannelRefused,
    "REASON_TRADE_STATUS_INVALID": ChannelRefused,
    "REASON_ILLEGAL_STATUS": ChannelRefused,
    "TRADE_HAS_SUCCESS": ChannelRefused,
    "TRADE_HAS_CLOSE": ChannelRefused,
    "TRADE_HAS_FINISHED": ChannelRefused,
    "TRADE_NOT_ALLOW_REFUND": ChannelRefused,
    "REASON_TRADE_BEEN_FREEZEN": ChannelRefused,
    "REASON_TRADE_REFUND_FEE_ERR": ChannelRefused,
    "REFUND_AMT_NOT_EQUAL_TOTAL": ChannelRefused,
    "REFUND_FEE_ERROR": ChannelRefused,
    "SELLER_BALANCE_NOT_ENOUGH": ChannelShortOfFunds,
    "INVALID_PARAMETER": ChannelRefused,
    "ACCESS_FORBIDDEN": ChannelRefused,
    "EXIST_FORBIDDEN_WORD": ChannelRefused,
    "PARTNER_ERROR": ChannelRefused,
    "TOTAL_FEE_EXCEED": ChannelRefused,
    "CONTEXT_INCONSISTENT": ChannelRefused,
    "BUYER_SELLER_EQUAL": ChannelRefused,
    "BUYER_NOT_EXIST": ChannelRefused,
    "TRADE_BUYER_NOT_MATCH": ChannelRefused,
    "BUYER_ENABLE_STATUS_FORBID": ChannelRefused,
    "BILL_NOT_EXIST": BillNotThere,
}
# The gateway turned the request away before it reached anybody.
_AT_THE_DOOR = ("40001", "40002", "40003", "40006", "20001")
# 10003: the payer is still paying. 20000: nobody knows. Both: with the same numbers, later.
_LATER = ("10003", "20000")
_FORGERIES: Mapping[Doubt, type[AnswerForged]] = {
    Doubt.UNSIGNED: AnswerUnsigned,
    Doubt.WRONG: AnswerSignatureWrong,
}
Fact = TypeVar("Fact")


class Foreign(ValueError):
    """The words are about another seller, app, order or currency than ours."""


def proven_words(merchant: Merchant, response: HttpResponse, *names: str) -> Mapping[str, Any]:
    """The words of the one node of these names, with code 10000; else raised as what it means."""
    return _proven(merchant, response, *names)[1]


def read(response: HttpResponse, words: Mapping[str, Any], told: Callable[[], Fact]) -> Fact:
    """What `told` makes of proven words about what we asked; AnswerForeign or AnswerUnreadable."""
    try:
        _same(words, "out_trade_no", response.asked.order_no)
        return told()
    except Foreign as reason:
        raise AnswerForeign(str(reason)) from None
    except ValueError as reason:
        raise AnswerUnreadable(str(reason)) from None


def payment_fact(merchant: Merchant, words: Mapping[str, Any], *, paid_name: str) -> PaymentFact:
    """The fact in the words of a query (`send_pay_date`) or a notice (`gmt_payment`).

    TRADE_CLOSED of a payment made means that all of it went back; without one, that nobody paid.
    ValueError or Foreign; a PAID fact is complete.
    """
    raw_state = strict_json.text(words, "trade_status", most=32)
    paid_text = strict_json.optional_text(words, paid_name, most=32)
    returned = _maybe_fen(words, "refund_fee") or words.get("gmt_refund")
    state = _state(raw_state, paid=bool(paid_text), returned=bool(returned))
    paid = state is PaymentState.PAID
    for name in ("trans_currency", "pay_currency", "settle_currency"):
        if words.get(name) is not None:
            _same(words, name, "CNY")
    return PaymentFact(
        order_no=strict_json.text(words, "out_trade_no", most=64),
        state=state,
        raw_state=raw_state,
        merchant_no=merchant.merchant_no,
        app_no=merchant.app_no,
        transaction_no=(
            strict_json.text(words, "trade_no", most=64)
            if paid
            else strict_json.optional_text(words, "trade_no", most=64) or None
        ),
        amount_fen=_fen(words, "total_amount") if paid else _maybe_fen(words, "total_amount"),
        payer_fen=_maybe_fen(words, "buyer_pay_amount"),
        currency="CNY" if paid else None,
        paid_at=moment(strict_json.text(words, paid_name, most=32)) if paid else None,
        given_back=paid and (raw_state == ENDED or bool(returned)),
        payer_no=_payer(words),
    )


def refund_fact(merchant: Merchant, response: HttpResponse, *, now: datetime) -> RefundFact:
    """What the answer to a refund or to a question about one tells.

    A refund just sent is DONE only where money moved for it now: `fund_change` N means that it
    moved before or not at all, so PROCESSING, to be queried. A question answered without a word
    about it means that there is no refund of that number.
    """
    name, words = _proven(merchant, response, REFUNDED, REFUND_QUERIED)
    if name == REFUNDED:
        return read(response, words, lambda: _refund_sent(response, words))
    if not words.get("refund_status") and not words.get("refund_amount"):
        raise ChannelRefundUnknown("no refund of that number", refund_no=response.asked.refund_no)
    return read(response, words, lambda: _refund_queried(response, words, now))


def moment(text: str) -> datetime:
    """A moment of Shanghai as aware UTC; ValueError."""
    if len(text) > 19:
        text = text.removesuffix(".000")
    found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    if found.strftime("%Y-%m-%d %H:%M:%S") != text:
        raise ValueError("not a moment as the channel writes it")
    return found.astimezone(UTC)


def _proven(
    merchant: Merchant, response: HttpResponse, *names: str
) -> tuple[str, Mapping[str, Any]]:
    if response.status != 200:
        raise ChannelSilent("neither a result nor a refusal", http_status=response.status)
    try:
        node = signed_node(response.body, (*names, _REFUSED_AT_THE_DOOR))
        words = strict_json.read_object(node.text)
        code = strict_json.text(words, "code", most=16)
        reason = strict_json.optional_text(words, "sub_code", most=64) or ""
    except NotStrict as why:
        raise AnswerUnreadable(str(why)) from None
    try:
        prove(merchant, node.text, node.sign, node.certificate_no)
    except Unproven as unproven:
        if code == "10000" and node.name != _REFUSED_AT_THE_DOOR:
            raise _FORGERIES[unproven.doubt](str(unproven)) from None
        raise RefusalUnproven(
            str(unproven), claimed=reason or code, doubt=unproven.doubt.value
        ) from None
    if code == "10000" and node.name != _REFUSED_AT_THE_DOOR:
        return node.name, words
    raise _refusal(code, reason)


def _refund_sent(response: HttpResponse, words: Mapping[str, Any]) -> RefundFact:
    """The answer does not repeat the refund's number; its `refund_fee` is the sum of all."""
    asked = response.asked
    if not asked.refund_no or asked.amount_fen is None or asked.total_fen is None:
        raise NotStrict("it is not known which refund this answers")
    change = strict_json.text(words, "fund_change", most=4)
    returned_fen = _fen(words, "refund_fee")
    if change == "Y" and not asked.amount_fen <= returned_fen <= asked.total_fen:
        raise Foreign(f"{returned_fen} fen went back of {asked.total_fen}")
    done_text = strict_json.optional_text(words, "gmt_refund_pay", most=32)
    done = change == "Y" and bool(done_text)
    return RefundFact(
        refund_no=asked.refund_no,
        order_no=strict_json.text(words, "out_trade_no", most=64),
        channel_refund_no="",
        state=RefundState.DONE if done else RefundState.PROCESSING,
        raw_state=f"fund_change={change}",
        amount_fen=asked.amount_fen,
        total_fen=asked.total_fen,
        transaction_no=strict_json.text(words, "trade_no", most=64),
        currency="CNY",
        done_at=moment(done_text) if done and done_text else None,
    )


def _refund_queried(response: HttpResponse, words: Mapping[str, Any], now: datetime) -> RefundFact:
    _same(words, "out_request_no", response.asked.refund_no)
    raw_state = strict_json.optional_text(words, "refund_status", most=32) or ""
    state = REFUND_STATES.get(raw_state, RefundState.UNKNOWN)
    done_text = strict_json.optional_text(words, "gmt_refund_pay", most=32)
    done = state is RefundState.DONE
    return RefundFact(
        refund_no=strict_json.text(words, "out_request_no", most=64),
        order_no=strict_json.text(words, "out_trade_no", most=64),
        channel_refund_no="",
        state=state,
        raw_state=raw_state,
        amount_fen=_fen(words, "refund_amount"),
        total_fen=_fen(words, "total_amount"),
        transaction_no=strict_json.text(words, "trade_no", most=64),
        currency="CNY",
        done_at=(moment(done_text) if done_text else now) if done else None,
    )


def _state(raw_state: str, *, paid: bool, returned: bool) -> PaymentState:
    if raw_state in (SUCCESS, FINISHED):
        return PaymentState.PAID
    if raw_state == WAITING:
        return PaymentState.PENDING
    if raw_state == ENDED and paid:
        return PaymentState.PAID
    if raw_state == ENDED and not returned:
        return PaymentState.CLOSED
    return PaymentState.UNKNOWN


def _refusal(code: str, reason: str) -> ChannelRefused | ChannelSilent:
    word = reason.rpartition(".")[2].upper().replace("-", "_")
    facts = {"channel_code": reason or code}
    if code in _LATER or word in ("SYSTEM_ERROR", "AOP_SYSTEM_ERROR", "UNKNOW_ERROR"):
        return ChannelAskAgain("nobody knows yet", **facts)
    if code in _AT_THE_DOOR:
        return ChannelRefused("refused at the door", **facts)
    if code == "40004" and word in REFUSALS:
        return REFUSALS[word]("refused", **facts)
    return ChannelSilent("a refusal in words we do not know", **facts)


def _payer(words: Mapping[str, Any]) -> str | None:
    for name in ("buyer_open_id", "buyer_user_id", "buyer_id"):
        given = strict_json.optional_text(words, name, most=128)
        if given:
            return given
    return None


def _same(words: Mapping[str, Any], name: str, ours: str) -> None:
    given = strict_json.text(words, name, most=64)
    if given != ours:
        raise Foreign(f"{name} is {given}, ours is {ours}")


def _fen(words: Mapping[str, Any], name: str) -> int:
    return fen_of_yuan(strict_json.text(words, name, most=20))


def _maybe_fen(words: Mapping[str, Any], name: str) -> int | None:
    given = strict_json.optional_text(words, name, most=20)
    return fen_of_yuan(given) if given else None
