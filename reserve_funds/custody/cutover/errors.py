"""What the move from a legacy system refuses, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class LegacyFileRefused(DomainError):
    """The handover of a legacy system is not what was told beside it. Facts: `line`."""

    code = "legacy_file_refused"
    sort = Sort.CALLER
    zh = "移交数据与移交清单不符或格式有误，没有导入。"
    en = "The handover does not agree with what was told beside it; nothing was taken."


class LegacyHandoverMalformed(DomainError):
    """What is told beside the file of a handover is not what it can be. Facts: `field`."""

    code = "legacy_handover_malformed"
    sort = Sort.CALLER
    zh = "移交清单上有一项没有填对，没有导入。"
    en = "Something told beside the handover is not right; nothing was taken."


class LegacyNotTaken(DomainError):
    """There is no such import of legacy balances. Facts: `id`."""

    code = "legacy_not_taken"
    sort = Sort.NOT_FOUND
    zh = "没有这次历史余额移交。"
    en = "There is no such import of legacy balances."
