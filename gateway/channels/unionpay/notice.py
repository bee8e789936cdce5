"""银联's pushes: a web form, proven first, then read. Only successes of payments are told.

A push carries no moment of signing and no number of its own: the digest of its words names it.
Telling a fact again, however often and whenever, changes nothing: our own query decides.
"""

from collections.abc import Mapping
from datetime import datetime

from gateway.channels.errors import (
    NoticeForeign,
    NoticeForged,
    NoticeSignatureWrong,
    NoticeTooLarge,
    NoticeUnreadable,
    NoticeUnsigned,
)
from gateway.channels.port import (
    NOTICE_LIMIT_BYTES,
    Merchant,
    Notice,
    PaymentFact,
    RefundFact,
)
from gateway.channels.unionpay import words
from gateway.channels.unionpay.answers import (
    PAY,
    REFUND,
    Foreign,
    payment_fact,
    refund_fact,
)
from gateway.channels.unionpay.signing import prove
from gateway.channels.unionpay.words import NotWords
from gateway.channels.unproven import Doubt, Unproven

_FORGERIES: Mapping[Doubt, type[NoticeForged]] = {
    Doubt.UNSIGNED: NoticeUnsigned,
    Doubt.WRONG: NoticeSignatureWrong,
}


def read_notice(merchant: Merchant, body: bytes, *, now: datetime) -> Notice:
    """The notice in proven words; NoticeForged, whose children say why."""
    if len(body) > NOTICE_LIMIT_BYTES:
        raise NoticeTooLarge("longer than a notice may be", length=len(body))
    try:
        said = words.of_form(body)
    except NotWords as reason:
        raise NoticeUnreadable(str(reason)) from None
    try:
        proof = prove(merchant, said, now=now)
    except Unproven as unproven:
        raise _FORGERIES[unproven.doubt](str(unproven)) from None
    try:
        fact = _fact(merchant, said)
    except Foreign as reason:
        raise NoticeForeign(str(reason)) from None
    except NotWords as reason:
        raise NoticeUnreadable(str(reason)) from None
    return Notice(
        notice_id=proof.digest_hex,
        event_type=f"{said['txnType']}.{said['respCode']}",
        fact=fact,
        key_id=proof.key_id,
        nonce=proof.digest_hex,
        signed_at=None,
    )


def notice_receipt(accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
    """200 is a receipt whatever it says; anything else brings the push again."""
    return (200 if accepted else 500), {"Content-Type": "text/plain"}, b"ok" if accepted else b""


def _fact(merchant: Merchant, said: Mapping[str, str]) -> PaymentFact | RefundFact:
    code = words.text(said, "respCode", most=8)
    if said.get("txnType") == PAY:
        return payment_fact(merchant, said, code=code)
    if said.get("txnType") == REFUND:
        return refund_fact(merchant, said, code=code)
    raise NotWords("neither a payment's push nor a refund's")
