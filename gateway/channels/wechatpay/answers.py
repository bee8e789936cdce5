"""微信支付's answers: which are proven, what a refusal means, what the words stand for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.channels import strict_json
from gateway.channels.errors import (
    AnswerForeign,
    AnswerForged,
    AnswerProbe,
    AnswerSignatureWrong,
    AnswerStale,
    AnswerUnreadable,
    AnswerUnsigned,
    BillNotReady,
    BillNotThere,
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    ChannelSilent,
    RefusalUnproven,
)
from gateway.channels.port import (
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)
from gateway.channels.strict_json import NotStrict
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.wechatpay.signing import Proof, prove

GIVEN_BACK = "REFUND"  # 转入退款: paid, and some or all of it refunded since
PAYMENT_STATES: Mapping[str, PaymentState] = {
    "SUCCESS": PaymentState.PAID,
    GIVEN_BACK: PaymentState.PAID,
    "NOTPAY": PaymentState.PENDING,
    "USERPAYING": PaymentState.PENDING,
    "ACCEPT": PaymentState.PENDING,
    "CLOSED": PaymentState.CLOSED,
    "REVOKED": PaymentState.CLOSED,
    "PAYERROR": PaymentState.FAILED,
}
REFUND_STATES: Mapping[str, RefundState] = {
    "SUCCESS": RefundState.DONE,
    "CLOSED": RefundState.CLOSED,
    "PROCESSING": RefundState.PROCESSING,
    "ABNORMAL": RefundState.ABNORMAL,
}
# A refusal under one of these words is known: this request did nothing. Any other word of a 4xx
# answer leaves the outcome unknown.
REFUSALS: Mapping[str, type[ChannelRefused]] = {
    "PARAM_ERROR": ChannelRefused,
    "INVALID_REQUEST": ChannelRefused,
    "SIGN_ERROR": ChannelRefused,
    "NO_AUTH": ChannelRefused,
    "APPID_MCHID_NOT_MATCH": ChannelRefused,
    "MCH_NOT_EXISTS": ChannelRefused,
    "OPENID_MISMATCH": ChannelRefused,
    "OUT_TRADE_NO_USED": ChannelRefused,
    "ORDER_CLOSED": ChannelRefused,
    "ORDERPAID": ChannelRefused,
    "ORDER_PAID": ChannelRefused,
    "ORDERREVERSED": ChannelRefused,
    "ORDERNOTEXIST": ChannelOrderUnknown,
    "ORDER_NOT_EXIST": ChannelOrderUnknown,
    "RESOURCE_NOT_EXISTS": ChannelRefundUnknown,
    "NOT_ENOUGH": ChannelShortOfFunds,
    "USER_ACCOUNT_ABNORMAL": ChannelRefused,
    "ACCOUNT_ERROR": ChannelRefused,
    "RULE_LIMIT": ChannelRefused,
    "TRADE_ERROR": ChannelRefused,
    "NO_STATEMENT_EXIST": BillNotThere,
}
# The channel's way to say: the same request with the same numbers, later.
ASK_AGAIN: Mapping[str, type[ChannelAskAgain]] = {
    "SYSTEM_ERROR": ChannelAskAgain,
    "SYSTEMERROR": ChannelAskAgain,
    "BANK_ERROR": ChannelAskAgain,
    "FREQUENCY_LIMITED": ChannelAskAgain,
    "FREQUENCY_LIMIT_EXCEED": ChannelAskAgain,
    "RATELIMIT_EXCEEDED": ChannelAskAgain,
    "STATEMENT_CREATING": BillNotReady,
}
_FORGERIES: Mapping[Doubt, type[AnswerForged]] = {
    Doubt.UNSIGNED: AnswerUnsigned,
    Doubt.PROBE: AnswerProbe,
    Doubt.STALE: AnswerStale,
    Doubt.WRONG: AnswerSignatureWrong,
}


class Foreign(ValueError):
    """The words are about another merchant, app or currency than ours."""


def proven_answer(merchant: Merchant, response: HttpResponse, *, now: datetime) -> Proof:
    """Proof of a 2xx answer; every other answer is raised as what it means (tables above)."""
    if 200 <= response.status < 300:
        try:
            return prove(merchant.platform_keys, response.headers, response.body, now=now)
        except Unproven as unproven:
            raise _FORGERIES[unproven.doubt](str(unproven)) from None
    raise _refusal(merchant, response, now=now)


def answer_object(response: HttpResponse) -> Mapping[str, Any]:
    """The JSON object of a proven answer; AnswerUnreadable otherwise."""
    try:
        return strict_json.read_object(response.body)
    except NotStrict as reason:
        raise AnswerUnreadable(str(reason), http_status=response.status) from None


def payment_answer(merchant: Merchant, response: HttpResponse) -> PaymentFact:
    """The payment a proven answer tells of; AnswerForeign or AnswerUnreadable otherwise."""
    words = answer_object(response)
    try:
        return payment_fact(merchant, words)
    except Foreign as reason:
        raise AnswerForeign(str(reason)) from None
    except NotStrict as reason:
        raise AnswerUnreadable(str(reason)) from None


def refund_answer(merchant: Merchant, response: HttpResponse) -> RefundFact:
    """The refund a proven answer tells of; AnswerForeign or AnswerUnreadable otherwise."""
    words = answer_object(response)
    try:
        return refund_fact(merchant, words, state_name="status")
    except Foreign as reason:
        raise AnswerForeign(str(reason)) from None
    except NotStrict as reason:
        raise AnswerUnreadable(str(reason)) from None


def payment_fact(merchant: Merchant, words: Mapping[str, Any]) -> PaymentFact:
    """The fact in the channel's words; NotStrict or Foreign. A PAID fact is complete."""
    _ours(words, "mchid", merchant.merchant_no)
    _ours(words, "appid", merchant.app_no)
    raw_state = strict_json.text(words, "trade_state", most=32)
    state = PAYMENT_STATES.get(raw_state, PaymentState.UNKNOWN)
    paid = state is PaymentState.PAID
    amount = strict_json.part(words, "amount") if paid or words.get("amount") else {}
    payer = strict_json.part(words, "payer") if words.get("payer") else {}
    currency = strict_json.optional_text(amount, "currency", most=16)
    if currency is not None or paid:
        _ours(amount, "currency", "CNY")
    return PaymentFact(
        order_no=strict_json.text(words, "out_trade_no", most=32),
        state=state,
        raw_state=raw_state,
        merchant_no=merchant.merchant_no,
        app_no=merchant.app_no,
        transaction_no=(
            strict_json.text(words, "transaction_id", most=32)
            if paid
            else strict_json.optional_text(words, "transaction_id", most=32) or None
        ),
        amount_fen=strict_json.fen(amount, "total") if paid else _maybe_fen(amount, "total"),
        payer_fen=_maybe_fen(amount, "payer_total"),
        currency=currency,
        paid_at=strict_json.moment(words, "success_time") if paid else None,
        given_back=raw_state == GIVEN_BACK,
        trade_type=strict_json.optional_text(words, "trade_type", most=16) or None,
        payer_no=strict_json.optional_text(payer, "openid", most=128) or None,
    )


def refund_fact(merchant: Merchant, words: Mapping[str, Any], *, state_name: str) -> RefundFact:
    """The fact in the channel's words (`status` in answers, `refund_status` in notices)."""
    if words.get("mchid") is not None:
        _ours(words, "mchid", merchant.merchant_no)
    amount = strict_json.part(words, "amount")
    if amount.get("currency") is not None:
        _ours(amount, "currency", "CNY")
    raw_state = strict_json.text(words, state_name, most=32)
    state = REFUND_STATES.get(raw_state, RefundState.UNKNOWN)
    return RefundFact(
        refund_no=strict_json.text(words, "out_refund_no", most=64),
        order_no=strict_json.text(words, "out_trade_no", most=32),
        channel_refund_no=strict_json.text(words, "refund_id", most=32),
        state=state,
        raw_state=raw_state,
        amount_fen=strict_json.fen(amount, "refund"),
        total_fen=strict_json.fen(amount, "total"),
        merchant_no=merchant.merchant_no if words.get("mchid") is not None else None,
        transaction_no=strict_json.optional_text(words, "transaction_id", most=32) or None,
        currency=strict_json.optional_text(amount, "currency", most=16),
        done_at=strict_json.moment(words, "success_time") if state is RefundState.DONE else None,
    )


def _ours(words: Mapping[str, Any], name: str, ours: str) -> None:
    given = strict_json.text(words, name, most=64)
    if given != ours:
        raise Foreign(f"{name} is {given}, ours is {ours}")


def _maybe_fen(amount: Mapping[str, Any], name: str) -> int | None:
    return strict_json.optional_fen(amount, name)


def _refusal(
    merchant: Merchant, response: HttpResponse, *, now: datetime
) -> ChannelRefused | ChannelSilent:
    facts = {"http_status": response.status}
    if not 400 <= response.status < 600:
        return ChannelSilent("neither a result nor a refusal", **facts)
    try:
        word = strict_json.text(strict_json.read_object(response.body), "code", most=64)
    except NotStrict:
        word = ""
    try:
        prove(merchant.platform_keys, response.headers, response.body, now=now)
    except Unproven as unproven:
        return RefusalUnproven(str(unproven), claimed=word, doubt=unproven.doubt.value, **facts)
    if word in ASK_AGAIN:
        return ASK_AGAIN[word]("asked to come again", channel_code=word, **facts)
    if response.status < 500 and word in REFUSALS:
        return REFUSALS[word]("refused", channel_code=word, **facts)
    return ChannelSilent("a refusal in words we do not know", channel_code=word, **facts)
