"""What bridges between pools refuse."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class CrossingMalformed(DomainError):
    """It is nothing between two pools: one pool with itself, or no positive amount."""

    code = "crossing_malformed"
    sort = Sort.CALLER
    zh = "户间业务要素有误:须为两个不同的备付金专户和正数金额。"
    en = "Between pools there are two different ones and a positive amount."


class CrossingUnknown(DomainError):
    """There is no such thing between pools. Facts: `id`."""

    code = "crossing_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这笔户间业务。"
    en = "There is nothing of this number between pools."


class CrossingDiffers(DomainError):
    """The same cause was told with another content. Facts: `id`."""

    code = "crossing_differs"
    sort = Sort.CONFLICT
    zh = "同一笔户间业务的内容与先前不同。"
    en = "The same business between pools was told otherwise before."
