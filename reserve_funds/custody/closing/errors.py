"""What the day close refuses, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class DayUnknown(DomainError):
    """The pool has no such business day. Facts: `pool`, `day`."""

    code = "day_unknown"
    sort = Sort.NOT_FOUND
    zh = "该备付金专户没有这个营业日。"
    en = "The pool has no such business day."


class DayNeedsNoException(DomainError):
    """Nothing is to be signed: the day is open or closed, sound, or blocked for integrity."""

    code = "day_needs_no_exception"
    sort = Sort.CONFLICT
    zh = "该营业日没有可以例外签署的事项。"
    en = "There is nothing about this day that an exception could be signed for."


class SealBroken(DomainError):
    """A day's seal is not sound. Facts: `pool`, `day`, `because`."""

    code = "day_seal_broken"
    sort = Sort.OURS
    zh = "营业日封签验证不通过。"
    en = "The seal of a business day does not verify."
