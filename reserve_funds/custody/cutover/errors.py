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


class LegacyUploadOfAnother(DomainError):
    """Only whoever uploaded a handover takes it, for it is theirs to answer for."""

    code = "legacy_upload_of_another"
    sort = Sort.FORBIDDEN
    zh = "这份移交数据是别人上传的，只能由上传的人导入；您也可以自己重新上传一次。"
    en = "Somebody else uploaded this handover, and only they take it; you may upload it yourself."


class LegacyTakerOpens(DomainError):
    """Whoever took a handover is neither of the two officers who open it. Facts: `id`."""

    code = "legacy_taker_opens"
    sort = Sort.FORBIDDEN
    zh = "这份移交数据是您导入的，开账要由另外两位财务人员申请和复核。"
    en = "You took this handover; two other finance officers ask for its opening and decide it."


class LegacyNotTaken(DomainError):
    """There is no such import of legacy balances. Facts: `id`."""

    code = "legacy_not_taken"
    sort = Sort.NOT_FOUND
    zh = "没有这次历史余额移交。"
    en = "There is no such import of legacy balances."
