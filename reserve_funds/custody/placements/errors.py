"""What placements refuse."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class PlacementsNotAllowed(DomainError):
    """The pool's rule profile places nothing. Facts: `pool`, `profile`."""

    code = "placements_not_allowed"
    sort = Sort.FORBIDDEN
    zh = "本专户适用的备付金规则不允许存放。"
    en = "The rule profile of this pool allows no placement at all."


class PlacementNotSafe(DomainError):
    """Its kind is not on the profile's list of principal-safe ones. Facts: `kind`, `kinds`."""

    code = "placement_not_safe"
    sort = Sort.CALLER
    zh = "只能办理保本的存放种类。"
    en = "Only principal-safe kinds may be placed."


class PlacementMalformed(DomainError):
    """A word, amount or day of it cannot be. Facts: `field`."""

    code = "placement_malformed"
    sort = Sort.CALLER
    zh = "存放的要素填写有误。"
    en = "Something about this placement is not filled in rightly."


class PlacementBelowFloor(DomainError):
    """Too little would be left at banks. Facts: `liquid_fen`, `floor_fen`, `amount_fen`."""

    code = "placement_below_floor"
    sort = Sort.CONFLICT
    zh = "存放后银行存款将低于流动性底线。"
    en = "After it too little would be left at banks."


class PlacementTooLong(DomainError):
    """What is expected to leave would not be there. Facts: `day`, `missing_fen`."""

    code = "placement_too_long"
    sort = Sort.CONFLICT
    zh = "按历史付款预测,到期之前将无法应付支出。"
    en = "By what left in the past, payments would fall short before it comes back."


class PlacementUnknown(DomainError):
    """There is no such placement, or the outflow is not what was asked for."""

    code = "placement_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这笔存放,或与申请的内容不符。"
    en = "There is no such placement, or this is not what was asked for."


class ReturnOver(DomainError):
    """The return was decided, has ended or has expired. Facts: `state`."""

    code = "placement_return_over"
    sort = Sort.CONFLICT
    zh = "该存放支取申请已经处理或结束。"
    en = "The return of this placement is decided or over."
