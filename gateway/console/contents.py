"""The frozen content of an approval as people compare it: before, after, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.masking import mask_text
from gateway.pages import words

BEFORE, AFTER = "before", "after"

LABELS: Final[dict[str, str | Promise]] = {
    "algorithm": gettext_lazy("算法"),
    "amount_fen": gettext_lazy("金额"),
    "asked_fen": gettext_lazy("要求金额"),
    "balance_fen": gettext_lazy("卡内余额"),
    "because": gettext_lazy("缘由"),
    "answers": gettext_lazy("应答"),
    "asked_by": gettext_lazy("提问者"),
    "card": gettext_lazy("卡"),
    "card_random": gettext_lazy("卡随机数"),
    "check_rule": gettext_lazy("校验值算法"),
    "check_value": gettext_lazy("校验值"),
    "choice": gettext_lazy("决定"),
    "counter": gettext_lazy("联机计数器"),
    "decision_id": gettext_lazy("提议编号"),
    "evidence": gettext_lazy("证据"),
    "expires_at": gettext_lazy("到期"),
    "from": gettext_lazy("原状态"),
    "home": gettext_lazy("存放处"),
    "index": gettext_lazy("索引"),
    "is_this_load": gettext_lazy("就是这一笔"),
    "key": gettext_lazy("密钥"),
    "known_counter": gettext_lazy("已知计数器"),
    "kind": gettext_lazy("种类"),
    "levels": gettext_lazy("分散级"),
    "load_id": gettext_lazy("圈存编号"),
    "lock_id": gettext_lazy("锁定编号"),
    "moment": gettext_lazy("卡上时间"),
    "pool": gettext_lazy("备付金池"),
    "proof": gettext_lazy("证明方式"),
    "purpose": gettext_lazy("用途"),
    "reason": gettext_lazy("理由"),
    "ref": gettext_lazy("事项编号"),
    "said": gettext_lazy("所述"),
    "scope": gettext_lazy("范围"),
    "seen": gettext_lazy("证据指纹"),
    "seen_counter": gettext_lazy("读到的计数器"),
    "settlement_day": gettext_lazy("结算日"),
    "state": gettext_lazy("状态"),
    "statement_id": gettext_lazy("所依据的渠道陈述"),
    "to": gettext_lazy("新状态"),
    "type": gettext_lazy("类型"),
    "valid_from": gettext_lazy("生效"),
    "verdict": gettext_lazy("决定"),
    "was": gettext_lazy("现行规则"),
    "since": gettext_lazy("演算起日"),
    "refused": gettext_lazy("会被拒绝"),
    "foreign": gettext_lazy("没有规则的分录"),
    "loads": gettext_lazy("超限的圈存"),
    "placements": gettext_lazy("不许的存放"),
    "new_rules": gettext_lazy("新增的规则"),
    "lost_rules": gettext_lazy("不再有的规则"),
    "other_rules": gettext_lazy("内容不同的规则"),
    "unseen": gettext_lazy("账上看不出的规则"),
    "profile": gettext_lazy("规则"),
    "from_day": gettext_lazy("起始营业日"),
    "replay": gettext_lazy("演算"),
    "day": gettext_lazy("营业日"),
    "gates": gettext_lazy("结账条件"),
    "payments": gettext_lazy("付款"),
    "account": gettext_lazy("账户"),
    "verifies": gettext_lazy("验证通过"),
    "version": gettext_lazy("版本"),
    "kiosk": gettext_lazy("终端"),
    "kiosk_id": gettext_lazy("终端标识"),
    "place": gettext_lazy("地点"),
    "terminal_no": gettext_lazy("终端机编号"),
    "cause": gettext_lazy("申请编号"),
    "box": gettext_lazy("钱箱"),
    "counted_fen": gettext_lazy("清点金额"),
    "notes": gettext_lazy("张数"),
    "fingerprint": gettext_lazy("公钥指纹"),
    "public_pem": gettext_lazy("公钥"),
    "settlement": gettext_lazy("日结"),
    "differences": gettext_lazy("差异"),
    "order": gettext_lazy("订单"),
    "way": gettext_lazy("退还方式"),
}
_FEN, _AT = re.compile(r"(^|_)fen$"), re.compile(r"(^|_)at$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that is fixed: its label and its value as text; `is_money` aligns it right."""

    label: str
    value: str
    is_money: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the act changes."""

    label: str
    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Whether it stays as it is."""
        return self.before == self.after


def facts(content: Mapping[str, Any]) -> list[Line]:
    """Everything the content says beside what changes, in its own order."""
    rest = {name: value for name, value in content.items() if name not in (BEFORE, AFTER)}
    return [
        Line(label=_label(name), value=_told(name, value), is_money=bool(_FEN.search(name)))
        for name, value in _flat(rest)
    ]


def changes(content: Mapping[str, Any]) -> list[Change]:
    """What stands now and what will stand after, side by side; empty when nothing is compared."""
    now, then = content.get(BEFORE), content.get(AFTER)
    if not isinstance(now, Mapping) or not isinstance(then, Mapping):
        return []
    before, after = dict(_flat(now)), dict(_flat(then))
    names = [*before, *(name for name in after if name not in before)]
    return [
        Change(
            label=_label(name),
            before=_told(name, before[name]) if name in before else "–",
            after=_told(name, after[name]) if name in after else "–",
        )
        for name in names
    ]


def amount_fen(content: Mapping[str, Any]) -> int | None:
    """What the approval is worth, when its content says so."""
    return _whole(content.get("amount_fen"))


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        full = f"{above}.{name}" if above else name
        if isinstance(value, Mapping) and value:
            yield from _flat(value, full)
        else:
            yield full, value


def _label(name: str) -> str:
    return " · ".join(str(LABELS.get(part, part)) for part in name.split("."))


def _told(name: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if _FEN.search(name) and (fen := _whole(value)) is not None:
        return words.money(fen)
    if isinstance(value, str) and _AT.search(name) and (at := _moment(value)) is not None:
        return words.exact(at)
    if isinstance(value, list):
        return "、".join(_told(name, one) for one in value)
    if isinstance(value, Mapping):
        return "；".join(f"{_label(key)} {_told(key, one)}" for key, one in value.items())
    return mask_text(str(value))


def _whole(value: Any) -> int | None:
    """A whole number, also one that a room froze as digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    is_digits = isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii()
    return int(value) if is_digits else None


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
