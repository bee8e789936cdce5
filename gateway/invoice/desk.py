"""What invoices in doubt bring to the approvals' desk."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Approval, Person
from gateway.invoice import deciding


def _approve(asked: Approval, checker: Person, now: datetime) -> None:
    deciding.approve(asked.pk, checker=checker, now=now)


def _refuse(asked: Approval, checker: Person, now: datetime) -> None:
    deciding.refuse(asked.pk, checker=checker, now=now)


PURPOSES = (
    {
        "name": deciding.PURPOSE,
        "zh": "判定存疑发票",
        "en": "Decide an invoice in doubt",
        "effect_zh": "同意后发票按所写了结：没有开出的可以再申请，开出的按号码登记，"
        "已在电子税务局冲红的登记红票。判错会多开或漏冲，请先到电子税务局核对。",
        "effect_en": "The invoice ends as decided: never made, and another may be asked for; made "
        "under a number; or reversed on the tax platform. A wrong word leaves one too many: look "
        "on the tax platform first.",
        "approve": _approve,
        "refuse": _refuse,
    },
)
