"""支付宝's pushes: a form whose decoded values are signed; proven, then compared, then read."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from gateway.channels import strict_json
from gateway.channels.alipay.answers import Foreign, moment, payment_fact
from gateway.channels.alipay.signing import ALGORITHM, CHARSET, Proof, canonical, prove
from gateway.channels.errors import (
    NoticeForeign,
    NoticeForged,
    NoticeSignatureWrong,
    NoticeTooLarge,
    NoticeUnreadable,
    NoticeUnsigned,
)
from gateway.channels.strict_json import NotStrict
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import NOTICE_LIMIT_BYTES, Merchant, Notice, PaymentFact

KIND = "trade_status_sync"
_MOST_FIELDS = 100
_FORGERIES: Mapping[Doubt, type[NoticeForged]] = {
    Doubt.UNSIGNED: NoticeUnsigned,
    Doubt.WRONG: NoticeSignatureWrong,
}


def read_notice(merchant: Merchant, body: bytes) -> Notice:
    """The notice in a proven form; NoticeForged (its children say why) or ChannelKeyUnknown.

    A notice says when it was sent and the protocol says nothing of how old it may be: whoever
    repeats an old one gains the same fact again. It has no nonce: the signature stands for it.
    """
    if len(body) > NOTICE_LIMIT_BYTES:
        raise NoticeTooLarge("longer than a notice may be", length=len(body))
    values = _form(body)
    proof = _proof(merchant, values)
    try:
        fact = _fact(merchant, values)
        return Notice(
            notice_id=strict_json.text(values, "notify_id", most=80),
            event_type=fact.raw_state,
            fact=fact,
            key_id=proof.key_id,
            nonce=proof.digest,
            signed_at=moment(strict_json.text(values, "notify_time", most=32)),
        )
    except Foreign as reason:
        raise NoticeForeign(str(reason)) from None
    except ValueError as reason:
        raise NoticeUnreadable(str(reason)) from None


def notice_receipt(accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
    """Exactly `success`; anything else, here with 500, makes the channel come again."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return (200, headers, b"success") if accepted else (500, headers, b"failure")


def _form(body: bytes) -> dict[str, str]:
    """Names to decoded values; NoticeUnsigned unless it is a form in UTF-8 with each name once."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding=CHARSET,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise NoticeUnsigned("not a form in UTF-8") from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise NoticeUnsigned("a field is given twice")
    return values


def _proof(merchant: Merchant, values: Mapping[str, str]) -> Proof:
    if values.get("sign_type") != ALGORITHM:
        raise NoticeUnsigned("another signature type than RSA2, or none")
    if values.get("charset", "").lower() != CHARSET:
        raise NoticeUnsigned("another charset than we asked for")
    message = canonical(
        {name: value for name, value in values.items() if name not in ("sign", "sign_type")}
    )
    try:
        named = values.get("alipay_cert_sn") or None
        return prove(merchant, message, values.get("sign", ""), named)
    except Unproven as unproven:
        raise _FORGERIES[unproven.doubt](str(unproven)) from None


def _fact(merchant: Merchant, values: Mapping[str, str]) -> PaymentFact:
    if values.get("notify_type") != KIND:
        raise NotStrict("not a trade's notice")
    ours = {"app_id": merchant.app_no, "seller_id": merchant.merchant_no}
    if "auth_app_id" in values:
        ours["auth_app_id"] = merchant.app_no
    for name, own in ours.items():
        if values.get(name) != own:
            raise Foreign(f"{name} is {values.get(name, 'missing')[:64]}, ours is {own}")
    return payment_fact(merchant, values, paid_name="gmt_payment")
