"""What the move from a legacy system refuses, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class LegacyFileRefused(DomainError):
    """The handover of a legacy system is not what was told beside it. Facts: `line`."""

    code = "legacy_file_refused"
    sort = Sort.CALLER
    zh = "移交数据与移交清单不符或格式有误，没有导入。"
    en = "The handover does not agree with what was told beside it; nothing was taken."


class LegacyNotTaken(DomainError):
    """There is no such import of legacy balances. Facts: `id`."""

    code = "legacy_not_taken"
    sort = Sort.NOT_FOUND
    zh = "没有这次历史余额移交。"
    en = "There is no such import of legacy balances."
