"""What a database error means for whoever met it: retry, unknown outcome, or a mistake of ours."""

from __future__ import annotations

from enum import StrEnum

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

_RETRY = frozenset({"40001", "40P01", "55P03", "57014", "25P03"})
_UNKNOWN = frozenset({"57P01", "57P02", "57P03", "53300"})
_UNKNOWN_CLASSES = ("08", "53", "58")


class Meaning(StrEnum):
    """What to do next: again as it was, read again by the unique key, or be loud."""

    RETRY = "retry"
    UNKNOWN = "unknown"
    OURS = "ours"


def meaning_of(error: DatabaseError | InterfaceError) -> Meaning:
    """Classify by SQLSTATE: conflicts and timeouts retry, lost servers are unknown, the rest ours.

    An operational error without SQLSTATE is a connection that broke: a COMMIT may have happened.
    """
    state = sqlstate(error)
    if state in _RETRY:
        return Meaning.RETRY
    if state in _UNKNOWN or state.startswith(_UNKNOWN_CLASSES):
        return Meaning.UNKNOWN
    if not state and isinstance(error, OperationalError | InterfaceError):
        return Meaning.UNKNOWN
    return Meaning.OURS


def code_of(error: DatabaseError | InterfaceError) -> str:
    """A short stable code of the error, without its text (which may quote rows)."""
    return f"database_{meaning_of(error)}_{sqlstate(error) or type(error).__name__}"


def sqlstate(error: DatabaseError | InterfaceError) -> str:
    """The five letters of SQLSTATE, empty when the server said nothing."""
    cause = error.__cause__
    return str(getattr(cause, "sqlstate", None) or "")


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint (or trigger) that refused, empty when there is none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "")
