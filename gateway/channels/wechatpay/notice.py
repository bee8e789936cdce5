"""微信支付's pushes: the raw bytes are proven first, then opened, then read."""

import json
from collections.abc import Mapping
from datetime import datetime

from gateway.channels import strict_json
from gateway.channels.errors import (
    NoticeForeign,
    NoticeForged,
    NoticeProbe,
    NoticeSignatureWrong,
    NoticeStale,
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
    RefundState,
)
from gateway.channels.strict_json import NotStrict
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.wechatpay.answers import Foreign, payment_fact, refund_fact
from gateway.channels.wechatpay.signing import open_box, prove

_FORGERIES: Mapping[Doubt, type[NoticeForged]] = {
    Doubt.UNSIGNED: NoticeUnsigned,
    Doubt.PROBE: NoticeProbe,
    Doubt.STALE: NoticeStale,
    Doubt.WRONG: NoticeSignatureWrong,
}
# What a refund event says, to be held against the state inside the box.
_REFUND_EVENTS: Mapping[str, RefundState] = {
    "REFUND.SUCCESS": RefundState.DONE,
    "REFUND.ABNORMAL": RefundState.ABNORMAL,
    "REFUND.CLOSED": RefundState.CLOSED,
}


def read_notice(
    merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Notice:
    """The notice in proven bytes; NoticeForged (its children say why) or ChannelKeyUnknown."""
    if len(body) > NOTICE_LIMIT_BYTES:
        raise NoticeTooLarge("longer than a notice may be", length=len(body))
    try:
        proof = prove(merchant.platform_keys, headers, body, now=now)
    except Unproven as unproven:
        raise _FORGERIES[unproven.doubt](str(unproven)) from None
    try:
        notice_id, event_type, fact = _read(merchant, body)
    except Foreign as reason:
        raise NoticeForeign(str(reason)) from None
    except ValueError as reason:
        raise NoticeUnreadable(str(reason)) from None
    return Notice(
        notice_id=notice_id,
        event_type=event_type,
        fact=fact,
        key_id=proof.key_id,
        nonce=proof.nonce,
        signed_at=proof.signed_at,
    )


def notice_receipt(accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
    """200 with SUCCESS, or 500 with FAIL so that the channel comes again."""
    words = (
        {"code": "SUCCESS", "message": "成功"}
        if accepted
        else {"code": "FAIL", "message": "暂未受理"}
    )
    body = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return (200 if accepted else 500), {"Content-Type": "application/json"}, body


def _read(merchant: Merchant, body: bytes) -> tuple[str, str, PaymentFact | RefundFact]:
    envelope = strict_json.read_object(body)
    notice_id = strict_json.text(envelope, "id", most=64)
    event_type = strict_json.text(envelope, "event_type", most=64)
    if strict_json.text(envelope, "resource_type", most=32) != "encrypt-resource":
        raise NotStrict("resource_type is not encrypt-resource")
    resource = strict_json.part(envelope, "resource")
    words = strict_json.read_object(open_box(merchant.shared_key, resource))
    if event_type.startswith("TRANSACTION."):
        return notice_id, event_type, payment_fact(merchant, words)
    if event_type.startswith("REFUND."):
        strict_json.text(words, "mchid", most=32)
        fact = refund_fact(merchant, words, state_name="refund_status")
        said = _REFUND_EVENTS.get(event_type)
        if said is not None and said is not fact.state:
            raise NotStrict(f"{event_type} holds a refund in state {fact.raw_state}")
        return notice_id, event_type, fact
    raise NotStrict("neither a payment's event nor a refund's")
