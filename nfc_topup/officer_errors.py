"""What officers are refused when they decide loads, lift locks or close incidents."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class LockUnknown(DomainError):
    """No such lock."""

    code = "load_lock_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这个锁定。"
    en = "No such lock."


class LockNotActive(DomainError):
    """The lock was lifted or has ended."""

    code = "load_lock_not_active"
    sort = Sort.CONFLICT
    zh = "这个锁定已经解除。"
    en = "This lock is over already."


class DecisionUnknown(DomainError):
    """No such proposal."""

    code = "load_decision_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这个处理意见。"
    en = "No such proposal."


class NothingUndecided(DomainError):
    """The load is not in doubt: it ended, or its card may still answer; facts: load_id, state."""

    code = "load_not_undecided"
    sort = Sort.CONFLICT
    zh = "这笔写卡不在可疑状态，不能由人工判定。"
    en = "This load is not in doubt, so there is nothing to decide."


class EvidenceChanged(DomainError):
    """Evidence arrived after what the officer saw; facts: load_id. Look again and propose anew."""

    code = "load_evidence_changed"
    sort = Sort.CONFLICT
    zh = "有新的证据，请重新查看后再提交意见。"
    en = "New evidence has arrived. Look at it and propose again."


class DecisionNotApproved(DomainError):
    """The database would not spend the approval; facts: id, said."""

    code = "load_decision_not_approved"
    sort = Sort.CONFLICT
    zh = "这个处理意见没有获得有效复核。"
    en = "This proposal has no valid approval."


class VerdictUnknown(DomainError):
    """Officers decide loaded or not_loaded, nothing else; facts: verdict."""

    code = "load_verdict_unknown"
    sort = Sort.CALLER
    zh = "判定只能是已写入或未写入。"
    en = "A load is decided as loaded or not_loaded."


class ReasonMissing(DomainError):
    """An officer must say why, in at most 200 characters; facts: length."""

    code = "reason_missing"
    sort = Sort.CALLER
    zh = "请填写理由（不超过200字）。"
    en = "Say why, in at most 200 characters."


class IncidentUnknown(DomainError):
    """No such incident."""

    code = "card_incident_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这个异常事件。"
    en = "No such incident."
