"""What the truth of money refuses, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class TransferDiffers(DomainError):
    code = "transfer_differs"
    sort = Sort.CONFLICT
    zh = "同一编号的转账已存在且内容不同。"
    en = "A transfer with this identifier exists with other content."


class Overdrawn(DomainError):
    code = "ledger_overdrawn"
    sort = Sort.CONFLICT
    zh = "该分户账可用余额不足。"
    en = "The ledger account does not hold that much."


class NotInHandbook(DomainError):
    code = "not_in_handbook"
    sort = Sort.OURS
    zh = "会计分录手册中没有这一分录。"
    en = "The accounting handbook names no such posting."


class HoldAlreadyResolved(DomainError):
    code = "hold_already_resolved"
    sort = Sort.CONFLICT
    zh = "该冻结已入账或已解冻,不能再作另一处理。"
    en = "The hold has already been resolved the other way."


class NothingToResolve(DomainError):
    code = "nothing_to_resolve"
    sort = Sort.NOT_FOUND
    zh = "没有可处理的冻结或转账。"
    en = "There is no such hold or transfer."


class ApprovalNotUsable(DomainError):
    code = "approval_not_usable"
    sort = Sort.FORBIDDEN
    zh = "该分录需要有效的双人复核审批。"
    en = "The posting needs a valid four-eyes approval of exactly this content."


class PoolNotOpen(DomainError):
    code = "pool_not_open"
    sort = Sort.OURS
    zh = "该备付金专户没有开放的营业日。"
    en = "The pool has no open business day."


class PoolDiffers(DomainError):
    code = "pool_differs"
    sort = Sort.CONFLICT
    zh = "备付金专户或营业日与已有记录不符。"
    en = "The pool or its business day is not as asked."


class AmountRefused(DomainError):
    code = "amount_refused"
    sort = Sort.CALLER
    zh = "金额必须为正整数(分)。"
    en = "An amount is a positive whole number of fen."


class PostingMalformed(DomainError):
    code = "posting_malformed"
    sort = Sort.OURS
    zh = "分录请求格式不正确。"
    en = "The posting is malformed."


class EpochNeeded(DomainError):
    code = "ledger_epoch_needed"
    sort = Sort.OURS
    zh = "数据库经过恢复,须先开启新的账期序号后才能记账。"
    en = "The database was restored: a new ledger epoch must be opened before posting."


class BookRefused(DomainError):
    code = "book_refused"
    sort = Sort.OURS
    zh = "账簿拒绝了此次写入。"
    en = "The book refused this write."


class PlacementRefused(DomainError):
    """More than may be placed. Facts: `liquid_fen`, `floor_fen`, `shortfall_fen`."""

    code = "placement_refused"
    sort = Sort.CONFLICT
    zh = "备付金未全额覆盖、低于流动性底线或本规则不允许，不能存放。"
    en = "The reserve is short, would fall under its floor, or may not be placed at all."


class DayNotInState(DomainError):
    """The business day is not in a state that allows this. Facts: `pool`, `day`."""

    code = "day_not_in_state"
    sort = Sort.CONFLICT
    zh = "该营业日当前的状态不允许此操作。"
    en = "The business day is not in a state that allows this."


class DayUnsound(DomainError):
    """The book itself refuses to seal the day. Facts: `pool`, `day`, `because`."""

    code = "day_unsound"
    sort = Sort.CONFLICT
    zh = "该营业日的账目不平或前一营业日未结账，不能结账。"
    en = "The day's books do not hold or an earlier day is not closed: it cannot be sealed."


class ProfileDayIsOpen(DomainError):
    """A rule profile was to begin on a day that is open already or over. Facts: `open`, `asked`."""

    code = "profile_day_is_open"
    sort = Sort.CONFLICT
    zh = "备付金规则只能从尚未开始的营业日起变更。"
    en = "A rule profile changes only from a business day that has not begun."


class PoolWindingDown(DomainError):
    """The pool takes on nothing new since a declared day (R23). Facts: `pool`, `from_day`."""

    code = "pool_winding_down"
    sort = Sort.CONFLICT
    zh = "该备付金专户正在终止业务：不再受理充值、预存和押金，不再存放和划出收入，余额可免费赎回。"
    en = "This reserve is being wound down: nothing new is taken on, balances are given back free."


class RestsOnNoFact(DomainError):
    """Quota without a bank's line behind it, or a surplus explained by no note. Facts: `code`."""

    code = "posting_rests_on_no_fact"
    sort = Sort.OURS
    zh = "这笔记账没有所依据的银行到账或收款记录，未记账。"
    en = "No bank line or note stands behind this posting; nothing was booked."
