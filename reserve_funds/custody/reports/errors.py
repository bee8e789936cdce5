"""What reports refuse, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class PeriodNotOver(DomainError):
    """A day of the period a report is asked for is still open. Facts: `pool`, `last`."""

    code = "period_not_over"
    sort = Sort.CONFLICT
    zh = "所选期间尚未结束，不能出具报表。"
    en = "The period of this report is not over."
