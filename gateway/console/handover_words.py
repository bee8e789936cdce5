"""The words of a legacy system's handover: its fields, and what is said of each of its lines."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reserve_funds.custody.cutover.judging import Remark
from reserve_funds.custody.cutover.reading import Fault

FAULTS: Final[dict[Fault, str | Promise]] = {
    Fault.HEADER: _("第一行应是 card_no,balance_fen"),
    Fault.TOO_LONG: _("这一行太长"),
    Fault.COLUMNS: _("这一行不是两列"),
    Fault.CARD: _("卡号不是 19 位数字"),
    Fault.BALANCE: _("余额不是整数分"),
    Fault.TWICE: _("这张卡前面已经出现过"),
    Fault.TAKEN: _("这张卡在另一次移交里已经导入"),
}
REMARKS: Final[dict[Remark, str | Promise]] = {
    Remark.FOREIGN: _("按卡号属于别的单位"),
    Remark.UNKNOWN_ISSUER: _("卡号开头不是已知的发卡方"),
}
GOOD: Final[str | Promise] = _("可以导入")
RIGHT: Final[dict[str, str | Promise]] = {
    "as_of": _("写余额截止的日期和时间，不能在将来。"),
    "cards": _("写清单上的卡数，是大于零的整数。"),
    "digest": _("SHA-256 是 64 位十六进制，要与上传的文件一致：不一致就不是清单所说的那份文件。"),
    "file": _("没有文件，或者文件太大。"),
    "handed": _("移交金额不能多于余额合计，最多两位小数。"),
    "issuer": _("写明原发卡方，最多 40 字。"),
    "total": _("写清单上的余额合计，最多两位小数。"),
}
