"""What we must answer when the bank pushes to us, and what may come of it: nothing, or one query.

A push never books money: the best it can do is hasten our own question, once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.certification.our_door import OurDoor, seen
from gateway.certification.rehearsed_bank import FIRST_KEY, SECOND_KEY, Push
from gateway.certification.values import Family, NotForThisBank, Scenario, Seen
from gateway.channels.banks.forms import FenNumber
from gateway.channels.banks.seal_in_headers import SealInHeaders
from gateway.channels.port import NOTICE_LIMIT_BYTES
from gateway.channels.values import PaymentState

YES, NO = "accepted", "come again"
_LATE = timedelta(minutes=10)


def genuine(door: OurDoor) -> Seen:
    return seen(door, f"{YES}; once", door.bank.say(door.bank.payment()))


def same_bytes_twice(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment())
    return seen(door, f"{YES}, {YES}, {YES}; once", push, push, push)


def signed_anew(door: OurDoor) -> Seen:
    words = door.bank.payment()
    return seen(door, f"{YES}, {YES}; once", door.bank.say(words), door.bank.say(words))


def reordered(door: OurDoor) -> Seen:
    refund, payment = door.bank.say(door.bank.refund()), door.bank.say(door.bank.payment())
    return seen(door, f"{YES}, {YES}; once", refund, payment)


def refund_alone(door: OurDoor) -> Seen:
    return seen(door, f"{YES}; nothing", door.bank.say(door.bank.refund()))


def unknown_order(door: OurDoor) -> Seen:
    return seen(door, f"{YES}; nothing", door.bank.say(door.bank.payment(order_no="f" * 32)))


def wrong_amount(door: OurDoor) -> Seen:
    one_more = door.profile.money.write(5_001)
    told = seen(door, f"{YES}; once", door.bank.say(door.bank.payment(amount=one_more)))
    against = ", ".join(door.against()) or "nothing"
    return Seen(
        expected=f"{told.expected}; against booking: notice.amount_fen",
        actual=f"{told.actual}; against booking: {against}",
    )


def still_pending(door: OurDoor) -> Seen:
    word = door.bank.word(PaymentState.PENDING)
    return seen(door, f"{YES}; once", door.bank.say(door.bank.payment(state=word)))


def unknown_state(door: OurDoor) -> Seen:
    return seen(door, f"{YES}; once", door.bank.say(door.bank.payment(state="ZZ")))


def unknown_event(door: OurDoor) -> Seen:
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment(event="LOTTERY")))


def other_merchant(door: OurDoor) -> Seen:
    words = door.bank.payment(merchant_no="B00000000000999")
    return seen(door, f"{NO}; nothing", door.bank.say(words))


def other_app(door: OurDoor) -> Seen:
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment(app_no="99999999")))


def other_currency(door: OurDoor) -> Seen:
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment(currency="840")))


def amount_missing(door: OurDoor) -> Seen:
    words = door.bank.payment()
    words.pop("amount")
    return seen(door, f"{NO}; nothing", door.bank.say(words))


def amount_in_another_form(door: OurDoor) -> Seen:
    wrong = "5000" if isinstance(door.profile.money, FenNumber) else "5,000.0"
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment(amount=wrong)))


def signed_long_ago(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment(), at=door.now - _LATE)
    return seen(door, f"{NO}; nothing", push)


def signed_in_the_future(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment(), at=door.now + _LATE)
    return seen(door, f"{NO}; nothing", push)


def second_key(door: OurDoor) -> Seen:
    return seen(door, f"{YES}; once", door.bank.say(door.bank.payment(), key=SECOND_KEY))


def unknown_key(door: OurDoor) -> Seen:
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment(), key="nobodys-key"))


def another_pair(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment(), key=FIRST_KEY, stranger=True)
    return seen(door, f"{NO}; nothing", push)


def changed_afterwards(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment())
    order_no = door.bank.order_no.encode()
    changed = push.body.replace(order_no, order_no[:-1] + bytes([order_no[-1] ^ 1]))
    return seen(door, f"{NO}; nothing", Push(headers=push.headers, body=changed))


def cut_in_half(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment())
    half = push.body[: len(push.body) // 2]
    return seen(door, f"{NO}; nothing", Push(headers=push.headers, body=half))


def empty(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment())
    return seen(door, f"{NO}; nothing", Push(headers=push.headers, body=b""))


def unsigned(door: OurDoor) -> Seen:
    return seen(door, f"{NO}; nothing", door.bank.unsigned(door.bank.payment()))


def algorithm_none(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment())
    seal: Any = door.profile.seal
    if isinstance(seal, SealInHeaders):
        headers = dict(push.headers)
        headers["Signature-Input"] = re.sub(
            r'alg="[^"]*"', 'alg="none"', headers["Signature-Input"]
        )
        return seen(door, f"{NO}; nothing", Push(headers=headers, body=push.body))
    none = replace(seal, algorithm_word="none")
    door.bank.profile = replace(door.profile, seal=none)
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment()))


def nonce_used_again(door: OurDoor) -> Seen:
    first = door.bank.say(door.bank.payment(), nonce="a" * 32)
    second = door.bank.say(door.bank.payment(), nonce="a" * 32)
    return seen(door, f"{YES}, {NO}; once", first, second)


def rare_characters(door: OurDoor) -> Seen:
    words = door.bank.payment(description="交通卡充值 䶮喆㛃龘 𬭎")
    return seen(door, f"{YES}; once", door.bank.say(words))


def other_encoding(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment(description="交通卡充值"))
    ours = getattr(door.profile.codec, "encoding", "utf-8")
    theirs = "utf-8" if ours.lower() != "utf-8" else "gb18030"
    wrong = push.body.decode(ours).encode(theirs)
    return seen(door, f"{NO}; nothing", Push(headers=push.headers, body=wrong))


def too_large(door: OurDoor) -> Seen:
    push = door.bank.say(door.bank.payment())
    whole = push.body + b" " * NOTICE_LIMIT_BYTES
    return seen(door, f"{NO}; nothing", Push(headers=push.headers, body=whole))


def for_another_address(door: OurDoor) -> Seen:
    if not isinstance(door.profile.seal, SealInHeaders):
        raise NotForThisBank("the address is not signed")
    url = door.bank.merchant.notify_url.replace("/callbacks/", "/other/")
    return seen(door, f"{NO}; nothing", door.bank.say(door.bank.payment(), url=url))


def _scenario(number: int, act: Any, zh: str, en: str) -> Scenario[OurDoor]:
    return Scenario(number=f"P{number:02d}", family=Family.PUSHES, zh=zh, en=en, act=act)


SCENARIOS: tuple[Scenario[OurDoor], ...] = tuple(
    _scenario(number, act, zh, en)
    for number, (act, zh, en) in enumerate(
        (
            (genuine, "真实的支付通知", "a genuine push"),
            (same_bytes_twice, "同样字节连发三次", "the same bytes three times"),
            (signed_anew, "同一通知重新签名再发", "the same notice signed anew"),
            (reordered, "退款通知先于支付通知", "the refund's push before the payment's"),
            (refund_alone, "我方没有发起过的退款", "a refund that we never asked for"),
            (unknown_order, "我方不认识的订单号", "an order number that we do not know"),
            (wrong_amount, "签名正确但金额多一分", "rightly signed, one fen more"),
            (still_pending, "状态为处理中", "told as still pending"),
            (unknown_state, "未约定的状态词", "a state word that was not agreed"),
            (unknown_event, "未约定的通知类型", "an event that was not agreed"),
            (other_merchant, "别家商户号", "another merchant's number"),
            (other_app, "别的渠道号", "another app's number"),
            (other_currency, "别的币种", "another currency"),
            (amount_missing, "缺少金额", "no amount"),
            (amount_in_another_form, "金额格式不对", "the amount in another form"),
            (signed_long_ago, "十分钟前的签名", "signed ten minutes ago"),
            (signed_in_the_future, "十分钟后的签名", "signed ten minutes ahead"),
            (second_key, "轮换期间的第二把密钥", "the second key of a rotation"),
            (unknown_key, "没有登记的密钥号", "a key id nobody registered"),
            (another_pair, "冒用密钥号的另一把密钥", "another pair under a known key id"),
            (changed_afterwards, "签名后改动报文", "changed after signing"),
            (cut_in_half, "报文截断一半", "cut in half"),
            (empty, "空报文", "an empty body"),
            (unsigned, "没有签名", "no signature"),
            (algorithm_none, "算法写作 none", "the algorithm named none"),
            (nonce_used_again, "随机串重复使用", "a nonce used for other words"),
            (rare_characters, "生僻字", "rare characters"),
            (other_encoding, "编码与约定不符", "another encoding than agreed"),
            (too_large, "超过 64 KiB", "longer than 64 KiB"),
            (for_another_address, "为别的地址签名", "signed for another address"),
        ),
        start=1,
    )
)
