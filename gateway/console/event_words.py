"""The words of outgoing events' pages: states of addresses and deliveries, acts, what each does."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = tuple[str, "str | Promise"]

ENDPOINT: Final[dict[str, Word]] = {
    "unproven": ("waiting", _("待对方应答")),
    "active": ("settled", _("推送中")),
    "paused": ("waiting", _("已停推")),
    "retired": ("information", _("不再推送")),
}
DELIVERY: Final[dict[str, Word]] = {
    "waiting": ("waiting", _("待推送")),
    "delivered": ("settled", _("已收下")),
    "given_up": ("wrong", _("已放弃")),
}
ACTS: Final[dict[str, tuple[str | Promise, str | Promise, str]]] = {
    "prove": (
        _("验证地址"), _("我们推送一个随机词，对方签名核对后原样答回，才开始推送。"), "",
    ),
    "pause": (_("停推"), _("不再推送；这期间的事件留着，恢复后按序补上，最多等四天。"), "danger"),
    "resume": (_("恢复推送"), _("马上按序推送停推期间留下的事件。"), ""),
    "retire": (
        _("注销地址"), _("永远不再推送，没推出去的全部放弃。要再用只能重新登记。"), "danger",
    ),
    "replay": (
        _("补发"), _("这段时间里对方订阅的事件全部再推一次，事件编号不变，对方按编号去重。"), "",
    ),
}  # fmt: skip
OFFERED: Final[dict[str, tuple[str, ...]]] = {
    "unproven": ("prove", "retire"),
    "active": ("replay", "pause", "retire"),
    "paused": ("resume", "replay", "retire"),
    "retired": (),
}
