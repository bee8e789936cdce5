"""Under which HTTP status a page says what was refused; the same as the API's own."""

from __future__ import annotations

from accounts.errors import DomainError, Sort

_STATUS = {
    Sort.CALLER: 400,
    Sort.FORBIDDEN: 403,
    Sort.NOT_FOUND: 404,
    Sort.CONFLICT: 409,
    Sort.PARTNER: 503,
    Sort.OURS: 503,
}


def status_of(error: DomainError) -> int:
    """The status of a page that shows this error; 429 where a wait is told."""
    return 429 if "wait_seconds" in error.facts else _STATUS[error.sort]


def by_code(code: str) -> DomainError | None:
    """The error of this code, to tell it on the page one is led to; None for any other text."""
    kinds = [DomainError]
    while kinds:
        kind = kinds.pop()
        if getattr(kind, "code", None) == code:
            return kind()
        kinds += kind.__subclasses__()
    return None
