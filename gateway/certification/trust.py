"""Whether the bank believes only us, and lets us believe only it: keys, clocks, promptness."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.certification.their_bank import TheirBank, told
from gateway.certification.values import Family, NotForThisBank, Scenario, Seen
from gateway.channels.port import HttpRequest, Merchant

_MOST_MS = 5_000
_TRIES = 3


def another_pair(bank: TheirBank) -> Seen:
    number = bank.wish().order_no
    return Seen(
        expected="refused",
        actual=told(lambda: bank.query(number, stranger=True).state.value),
    )


def signed_long_ago(bank: TheirBank) -> Seen:
    number, late = bank.wish().order_no, timedelta(minutes=10)
    return Seen(expected="refused", actual=told(lambda: bank.query(number, late=late).state.value))


def changed_afterwards(bank: TheirBank) -> Seen:
    number = bank.wish().order_no

    def change(request: HttpRequest) -> HttpRequest:
        other = number[:-1] + ("0" if number[-1] != "0" else "1")
        return replace(
            request,
            url=request.url.replace(number, other),
            body=request.body.replace(number.encode(), other.encode()),
        )

    return Seen(
        expected="refused", actual=told(lambda: bank.query(number, change=change).state.value)
    )


def two_keys(bank: TheirBank) -> Seen:
    held = len(bank.merchant.platform_keys)
    return Seen(
        expected="two keys or more",
        actual="two keys or more" if held >= 2 else f"{held} key",
    )


def published(bank: TheirBank) -> Seen:
    if not bank.adapter.profile.publishes_keys:
        raise NotForThisBank("keys are exchanged by hand")

    def act() -> str:
        def make(merchant: Merchant, stamp: dict[str, Any]) -> HttpRequest:
            request = bank.adapter.keys_request(merchant, **stamp)
            assert request is not None, "this bank publishes its keys"
            return request

        told_of = {key.key_id: key.pem for key in bank.ask(make, bank.adapter.read_keys)}
        known = bank.merchant.platform_keys
        both = [key_id for key_id in told_of if key_id in known]
        same = all(told_of[key_id].strip() == known[key_id].strip() for key_id in both)
        return "the keys we hold" if both and same else "other keys"

    return Seen(expected="the keys we hold", actual=told(act))


def prompt(bank: TheirBank) -> Seen:
    number = bank.wish().order_no
    before = len(bank.answers_ms)
    for _ in range(_TRIES):
        told(lambda: bank.query(number).state.value)
    slowest = max(bank.answers_ms[before:], default=_MOST_MS)
    within = slowest < _MOST_MS
    return Seen(
        expected="every answer within 5 s",
        actual="every answer within 5 s" if within else f"the slowest took {slowest} ms",
    )


SCENARIOS: tuple[Scenario[TheirBank], ...] = tuple(
    Scenario(number=f"T{number:02d}", family=Family.TRUST, zh=zh, en=en, act=act)
    for number, (act, zh, en) in enumerate(
        (
            (another_pair, "用别的密钥冒充我方", "signed by another pair in our name"),
            (signed_long_ago, "十分钟前的签名", "signed ten minutes ago"),
            (changed_afterwards, "签名后改动请求", "changed after signing"),
            (two_keys, "已交换两把密钥,可平滑轮换", "two keys exchanged, so that they overlap"),
            (published, "公布的公钥与我方持有一致", "the published keys are those we hold"),
            (prompt, "五秒内应答", "answers within five seconds"),
        ),
        start=1,
    )
)
