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
