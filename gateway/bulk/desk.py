"""What enterprises' orders bring to the approvals' desk: their words, effects, and whose hand."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Approval, Person
from gateway.bulk import enterprises, ordering, returning


def _approve_unit(asked: Approval, checker: Person, now: datetime) -> None:
    enterprises.approve(asked.pk, checker=checker, now=now)


def _approve_list(asked: Approval, checker: Person, now: datetime) -> None:
    ordering.approve(asked.pk, checker=checker, now=now)


def _refuse_list(asked: Approval, checker: Person, now: datetime) -> None:
    ordering.refuse(asked.pk, checker=checker, now=now)


def _approve_return(asked: Approval, checker: Person, now: datetime) -> None:
    returning.approve(asked.pk, checker=checker, now=now)


def _refuse_return(asked: Approval, checker: Person, now: datetime) -> None:
    returning.refuse(asked.pk, checker=checker, now=now)


PURPOSES = (
    {
        "name": enterprises.PURPOSE,
        "zh": "登记批量充值单位",
        "en": "Register an employer for top-ups in bulk",
        "effect_zh": "同意后这个单位可以带名单来充值；全称和信用代码从此不能改，请对照营业执照。",
        "effect_en": "Then this employer can bring lists; its name and code stay as they are, so "
        "hold them against its licence.",
        "approve": _approve_unit,
    },
    {
        "name": ordering.PURPOSE,
        "zh": "企业批量充值名单",
        "en": "An employer's list of top-ups",
        "effect_zh": "同意后等单位付款；全部到账时，按这份名单逐人生成待写卡的充值。",
        "effect_en": "Then the employer's money is waited for; once all of it is there, each "
        "person on this very list has their top-up to load.",
        "approve": _approve_list,
        "refuse": _refuse_list,
    },
    {
        "name": returning.PURPOSE,
        "zh": "退回企业未领款",
        "en": "Return what nobody took to the employer",
        "effect_zh": "同意后这些充值不能再写卡，款项原路退回单位；银行退回还要另批一次划出。",
        "effect_en": "Then these top-ups can be loaded no more and the money goes back the way it "
        "came; by a bank, the outflow is decided once more.",
        "approve": _approve_return,
        "refuse": _refuse_return,
    },
)
