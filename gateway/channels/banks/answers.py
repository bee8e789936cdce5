"""Banks' answers and pushes: which are proven, what a refusal means, what the words stand for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.profile import BankProfile
from gateway.channels.banks.proving import Opened, Received
from gateway.channels.banks.reading import Foreign, Reader, payment_fact, refund_fact
from gateway.channels.errors import (
    AnswerForeign,
    AnswerForged,
    AnswerSignatureWrong,
    AnswerStale,
    AnswerUnreadable,
    AnswerUnsigned,
    ChannelRefused,
    ChannelSilent,
    NoticeForeign,
    NoticeForged,
    NoticeSignatureWrong,
    NoticeStale,
    NoticeTooLarge,
    NoticeUnreadable,
    NoticeUnsigned,
    RefusalUnproven,
)
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import (
    NOTICE_LIMIT_BYTES,
    Asked,
    HttpResponse,
    Merchant,
    Notice,
    PaymentFact,
    PaymentOffer,
    RefundFact,
)

Read = TypeVar("Read")
_FORGED_ANSWERS: Mapping[Doubt, type[AnswerForged | AnswerUnreadable]] = {
    Doubt.UNSIGNED: AnswerUnsigned,
    Doubt.STALE: AnswerStale,
    Doubt.WRONG: AnswerSignatureWrong,
    Doubt.UNREADABLE: AnswerUnreadable,
}
_FORGED_NOTICES: Mapping[Doubt, type[NoticeForged]] = {
    Doubt.UNSIGNED: NoticeUnsigned,
    Doubt.STALE: NoticeStale,
    Doubt.WRONG: NoticeSignatureWrong,
    Doubt.UNREADABLE: NoticeUnreadable,
}


def proven_answer(
    profile: BankProfile, merchant: Merchant, response: HttpResponse, *, now: datetime
) -> Reader:
    """The words of a proven yes; every other answer is raised as what it means."""
    done = 200 <= response.status < 300
    received = Received(headers=response.headers, body=response.body, status=response.status)
    try:
        opened = profile.seal.open(merchant, received, now=now)
    except Unproven as unproven:
        if done:
            raise _FORGED_ANSWERS[unproven.doubt](str(unproven)) from None
        raise RefusalUnproven(
            str(unproven), doubt=unproven.doubt.value, http_status=response.status
        ) from None
    said = Reader(profile, opened.words)
    word = in_answer(lambda: said.maybe("result", most=64)) or ""
    if done and word == profile.success:
        return said
    raise _refusal(profile, word, response.status)


def in_answer(read: Callable[[], Read]) -> Read:
    """What `read` finds in proven words; AnswerForeign or AnswerUnreadable otherwise."""
    try:
        return read()
    except Foreign as reason:
        raise AnswerForeign(str(reason)) from None
    except NotInForm as reason:
        raise AnswerUnreadable(str(reason)) from None


def about_what_was_asked(asked: Asked, fact: PaymentFact | RefundFact) -> None:
    """AnswerForeign when a genuine answer is not about the numbers of our question."""
    told = {"order_no": fact.order_no}
    if isinstance(fact, RefundFact):
        told["refund_no"] = fact.refund_no
    for name, number in told.items():
        ours = getattr(asked, name)
        if ours and number != ours:
            raise AnswerForeign("an answer to another question", field=name)


def about_order(said: Reader, merchant: Merchant, asked: Asked) -> None:
    """Foreign unless the words are about our merchant and the order we asked about."""
    said.ours("merchant_no", merchant.merchant_no)
    if asked.order_no:
        said.ours("order_no", asked.order_no)


def offer(said: Reader, merchant: Merchant, asked: Asked) -> PaymentOffer:
    """The QR or the jump page of a proven answer; a page lies at the bank, over https."""
    about_order(said, merchant, asked)
    code, page = said.maybe("code_url", most=512), said.maybe("h5_url", most=512)
    if (code is None) == (page is None):
        raise NotInForm("neither a QR's content nor a jump page alone")
    if code is not None:
        return PaymentOffer(code_url=code)
    parts, bank = urlsplit(page or ""), urlsplit(merchant.base_url)
    ours = merchant.options.get("cashier_host", bank.netloc)
    if parts.scheme != bank.scheme or parts.netloc != ours or not parts.path.startswith("/"):
        raise NotInForm("the jump page does not lie at the bank")
    return PaymentOffer(h5_url=page)


def read_notice(
    profile: BankProfile,
    merchant: Merchant,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
) -> Notice:
    """The notice in proven bytes; NoticeForged (its children say why) or ChannelKeyUnknown."""
    if len(body) > NOTICE_LIMIT_BYTES:
        raise NoticeTooLarge("longer than a notice may be", length=len(body))
    received = Received(headers=headers, body=body, url=merchant.notify_url)
    try:
        opened = profile.seal.open(merchant, received, now=now)
        return _notice(profile, merchant, opened)
    except Unproven as unproven:
        raise _FORGED_NOTICES[unproven.doubt](str(unproven)) from None
    except Foreign as reason:
        raise NoticeForeign(str(reason)) from None
    except NotInForm as reason:
        raise NoticeUnreadable(str(reason)) from None


def _notice(profile: BankProfile, merchant: Merchant, opened: Opened) -> Notice:
    said = Reader(profile, opened.words)
    event = said.text("event", most=32)
    fact: PaymentFact | RefundFact
    if event == profile.payment_event:
        fact = payment_fact(profile, merchant, opened.words)
    elif event == profile.refund_event:
        fact = refund_fact(profile, merchant, opened.words)
    else:
        raise NotInForm("neither a payment's event nor a refund's")
    return Notice(
        notice_id=said.number("notice_id"),
        event_type=event,
        fact=fact,
        key_id=opened.proof.key_id,
        nonce=opened.proof.nonce,
        signed_at=opened.proof.signed_at,
    )


def _refusal(profile: BankProfile, word: str, status: int) -> ChannelRefused | ChannelSilent:
    facts = {"channel_code": word, "http_status": status}
    if word in profile.ask_again:
        return profile.ask_again[word]("asked to come again", **facts)
    if status < 500 and word in profile.refusals:
        return profile.refusals[word]("refused", **facts)
    return ChannelSilent("a refusal in words we do not know", **facts)
