"""What this room's approvals are at the console's desk: words, effect, and who carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from accounts.models import Approval, Person
from gateway.kiosk import boxes, claims, counters, creating, ending, quota
from gateway.kiosk.errors import SecondCounts


def _enrol(asked: Approval, checker: Person, now: datetime) -> None:
    """The code that comes with it is forgotten: whoever needs one takes it on the kiosk's page."""
    creating.approve(asked.pk, checker=checker, now=now)


def _not_enrol(asked: Approval, checker: Person, now: datetime) -> None:
    creating.refuse(asked.pk, checker=checker, now=now)


def _grant(asked: Approval, checker: Person, now: datetime) -> None:
    quota.approve(asked.pk, checker=checker, now=now)


def _count(asked: Approval, checker: Person, now: datetime) -> None:
    raise SecondCounts(count=asked.pk)


def _not_count(asked: Approval, checker: Person, now: datetime) -> None:
    boxes.refuse_count(asked.pk, checker=checker, now=now)


def _counter(asked: Approval, checker: Person, now: datetime) -> None:
    counters.approve(asked.pk, checker=checker, now=now)


def _not_counter(asked: Approval, checker: Person, now: datetime) -> None:
    counters.refuse(asked.pk, checker=checker, now=now)


def _end_day(asked: Approval, checker: Person, now: datetime) -> None:
    ending.approve(asked.pk, checker=checker, now=now)


def _pay_out(asked: Approval, checker: Person, now: datetime) -> None:
    claims.approve(asked.pk, checker=checker, now=now)


def _not_pay_out(asked: Approval, checker: Person, now: datetime) -> None:
    claims.refuse(asked.pk, checker=checker, now=now)


PURPOSES: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "name": creating.PURPOSE, "zh": "启用终端", "en": "Let a kiosk enrol",
        "effect_zh": "同意后 24 小时内可以在终端页取一次性注册码，终端凭它登记密钥、投入使用。",
        "effect_en": "For 24 hours a one-time code can be taken on the kiosk's page; with it the"
        " machine registers its key and goes into service.",
        "approve": _enrol, "refuse": _not_enrol,
    },
    {
        "name": quota.PURPOSE, "zh": "授予终端额度", "en": "More quota for a kiosk",
        "effect_zh": "这台终端还能收的金额随即增加这么多。",
        "effect_en": "The kiosk may at once take this much more.",
        "approve": _grant,
    },
    {
        "name": boxes.PURPOSE, "zh": "钱箱清点", "en": "Count a cash box",
        "effect_zh": "第二个人要在钱箱页自己再数一遍，两次一样才入账；这里只能拒绝，拒绝后重数。",
        "effect_en": "A second person counts for themselves on the box's page, and only the same"
        " notes are booked; here it can only be refused, and is counted anew.",
        "approve": _count, "refuse": _not_count,
    },
    {
        "name": counters.PURPOSE, "zh": "启用点钞机", "en": "Let a counting machine speak",
        "effect_zh": "这台点钞机用这把密钥签发的清点记录，今后一个人就可以据以入账。",
        "effect_en": "From then on one officer books a box by what it signs with this key.",
        "approve": _counter, "refuse": _not_counter,
    },
    {
        "name": ending.PURPOSE, "zh": "结束日结差异", "en": "End a day's differences",
        "effect_zh": "这一天的差异带着理由结案，不动账。",
        "effect_en": "The day's differences are closed with their reason; nothing is booked.",
        "approve": _end_day,
    },
    {
        "name": claims.PURPOSE, "zh": "退还未写卡现金", "en": "Give unloaded cash back",
        "effect_zh": "现金退给持卡人，不能再充到卡上：付现的随即从钱箱付出，转账的进入在途退款，"
        "网点自己退的不动账。",
        "effect_en": "The holder gets the cash back and no card takes it any more: out of the box"
        " at once, into refunds in flight for a bank transfer, or by the shop whose cash it is.",
        "approve": _pay_out, "refuse": _not_pay_out,
    },
)  # fmt: skip
