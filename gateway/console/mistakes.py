"""Which field of a form a refusal means, and what would be right there, in plain words."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import DomainError
from gateway.console import bank_words, handover_words

_FORM: Final[dict[str, str]] = {
    "amount_fen": "amount",
    "principal_fen": "amount",
    "one_checker_most_fen": "amount",
    "rate_bp": "rate",
    "because": "reason",
}
"""Where a service's field has another name on the form."""

RIGHT: Final[dict[str, str | Promise]] = (
    bank_words.RIGHT
    | handover_words.RIGHT
    | {
        "account": _("请从列表里选一个账户。"),
        "amount": _("写大于零的金额，最多两位小数，比如 1200.50。"),
        "contract_no": _("合同号是 6 到 40 位字母、数字或短横，在办的合同号不能重复。"),
        "counterparty": _("不是能用的样式，或者超过 200 个字符。"),
        "day": _("请选一个日期。"),
        "days": _("写 1 到 60 的整数。"),
        "due_on": _("收回日不能早于今天。"),
        "from_day": _("请选一个营业日。"),
        "institution": _("写明存放机构，最多 120 字。"),
        "matures_on": _("到期日要在今天之后。"),
        "name": _("名称用小写英文字母开头，只含小写字母、数字、下划线和短横，最多 40 个。"),
        "payee_bank_code": _("联行号是 12 位数字，可以空着。"),
        "payee_bank_name": _("开户行最多 120 字。"),
        "payee_name": _("写明收款户名，最多 120 字。"),
        "payee_no": _("收款账号是 4 到 34 位数字、字母或短横。"),
        "place": _("次序是不小于 0 的整数。"),
        "rate": _("年利率是 0 到 100 的百分数，最多两位小数，比如 1.50。"),
        "placement": _("它现在不在存放中，或者已经申请过支取。"),
        "reason": _("写明理由，最多 200 字。"),
        "revenue": _("写上年主营业务收入，最多两位小数。"),
        "terms": _("这一类要填的细则没有填对。"),
        "words": _("不是能用的样式、超过 200 个字符，或者没有写：对方和摘要至少写一项。"),
    }
)


def of(mistake: DomainError | None) -> dict[str, Any]:
    """What a form needs of a refusal: itself, the field it means, and what is right there."""
    field = str(mistake.facts.get("field", "")) if mistake is not None else ""
    field = _FORM.get(field, field)
    wrong = {field: RIGHT[field]} if field in RIGHT else {}
    return {"mistake": mistake, "wrong": wrong}
