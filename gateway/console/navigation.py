"""The way to the console's pages: a few groups in the field's words, each of what lies together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.console.door import Entrance
from gateway.console.seats import Seat

FEW: Final = 8
"""Whoever may enter no more pages than this sees them all at once, every group open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One page: what pages call it by (`here`), its word, the name of its address, its icon.

    An icon only where an entry stands by itself; in a group the group has one.
    """

    name: str
    word: str | Promise
    view: str
    icon: str = ""

    @property
    def address(self) -> str:
        """Where it is."""
        return _places()[self.view][0]

    def admits(self, seat: Seat) -> bool:
        """Whether its door is open to this officer."""
        return _places()[self.view][1].admits(seat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages that lie together; one without a word is what everybody needs, never folded away."""

    entries: tuple[Entry, ...]
    word: str | Promise = ""
    icon: str = ""
    is_open: bool = False


def _page(name: str, word: str | Promise, view: str = "") -> Entry:
    return Entry(name=name, word=word, view=view or name)


GROUPS: Final = (
    Group(
        entries=(
            Entry(name="home", word=_("待办"), view="home", icon="house"),
            Entry(name="approvals", word=_("审批"), view="approvals", icon="person"),
        ),
    ),
    Group(
        word=_("资金"), icon="bank",
        entries=(
            _page("custody", _("备付金覆盖")),
            _page("outflows", _("备付金划出"), "custody-outflows"),
            _page("placements", _("保本存放"), "custody-placements"),
            _page("bank-accounts", _("银行账户"), "custody-banks"),
            _page("statements", _("银行对账单"), "custody-statements"),
            _page("set-aside", _("留置款项")),
        ),
    ),
    Group(
        word=_("日终与对账"), icon="bill",
        entries=(
            _page("days", _("营业日"), "custody-days"),
            _page("differences", _("五方对账"), "custody-differences"),
            _page("cases", _("待办事项"), "custody-cases"),
            _page("reversals", _("冲正与更正"), "custody-reversals"),
            _page("vouchers", _("记账凭证"), "custody-voucher-find"),
            _page("reports", _("报表"), "custody-reports"),
            _page("cutover", _("历史余额"), "custody-cutovers"),
        ),
    ),
    Group(
        word=_("客户服务"), icon="notice",
        entries=(
            _page("assist", _("柜面代办")),
            _page("services", _("卡片服务")),
            _page("deposits", _("押金")),
            _page("bulk", _("企业批量充值")),
            _page("invoices", _("存疑发票")),
        ),
    ),
    Group(
        word=_("圈存与卡片"), icon="card",
        entries=(
            _page("loads", _("存疑圈存")),
            _page("incidents", _("卡片异常")),
            _page("locks", _("圈存锁定")),
        ),
    ),
    Group(
        word=_("终端与现金"), icon="scan",
        entries=(
            _page("kiosks", _("自助终端")),
            _page("kiosk-boxes", _("钱箱")),
            _page("kiosk-claims", _("未写卡现金")),
        ),
    ),
    Group(
        word=_("银行与渠道"), icon="clearing",
        entries=(
            _page("banks", _("合作银行状态")),
            _page("channel-keys", _("渠道密钥")),
            _page("events", _("事件地址")),
            _page("duties", _("未办成的任务")),
        ),
    ),
    Group(
        word=_("安全与审计"), icon="lock",
        entries=(
            _page("roles", _("角色")),
            _page("keys", _("卡密钥")),
            _page("alarms", _("告警")),
            _page("subject", _("追溯"), "search"),
        ),
    ),
)  # fmt: skip
"""Every page that the navigation leads to, once; the door decides who sees which."""


def open_to(seat: Seat, here: str) -> list[Group]:
    """The groups with what this officer may enter, that of the page `here` open."""
    found = list(_admitting(seat))
    few = sum(len(group.entries) for group in found) <= FEW
    return [
        Group(
            word=group.word,
            icon=group.icon,
            entries=group.entries,
            is_open=few or any(entry.name == here for entry in group.entries),
        )
        for group in found
    ]


def _admitting(seat: Seat) -> Iterator[Group]:
    for group in GROUPS:
        entries = tuple(entry for entry in group.entries if entry.admits(seat))
        if entries:
            yield Group(word=group.word, icon=group.icon, entries=entries)


@cache
def _places() -> dict[str, tuple[str, Entrance]]:
    """The address and the door of each entry, found once: neither changes while the house runs."""
    views = [entry.view for group in GROUPS for entry in group.entries]
    addresses = {view: reverse(f"console:{view}") for view in views}
    return {
        view: (address, resolve(address).func.entrance)  # type: ignore[attr-defined]
        for view, address in addresses.items()
    }
