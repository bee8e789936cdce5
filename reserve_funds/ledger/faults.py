"""What a database error means: try again, unknown, or one of the book's own refusals."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from django.db import Error as DatabaseError

from accounts.errors import DomainError
from reserve_funds.errors import (
    AmountRefused,
    ApprovalNotUsable,
    BookRefused,
    DayNotInState,
    DayUnsound,
    EpochNeeded,
    HoldAlreadyResolved,
    NothingToResolve,
    NotInHandbook,
    Overdrawn,
    PlacementRefused,
    PoolDiffers,
    PoolNotOpen,
    PoolWindingDown,
    PostingMalformed,
    ProfileDayIsOpen,
    RestsOnNoFact,
    TransferDiffers,
)


class Fault(StrEnum):
    """Whose move it is after a database error."""

    RETRY = "retry"  # nothing happened: the whole transaction may be tried again
    UNKNOWN = "unknown"  # it may have happened: read again by the unique key
    OURS = "ours"  # a refusal or a mistake: trying again changes nothing


_RETRY = frozenset({"40001", "40P01", "55P03"})
_UNKNOWN = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})

_BY_STATE: dict[str, type[DomainError]] = {
    "LG001": TransferDiffers,
    "LG002": Overdrawn,
    "LG003": NotInHandbook,
    "LG004": HoldAlreadyResolved,
    "LG005": ApprovalNotUsable,
    "LG006": PoolNotOpen,
    "LG007": AmountRefused,
    "LG009": EpochNeeded,
    "LG010": BookRefused,
    "LG011": NothingToResolve,
    "LG012": BookRefused,
    "LG013": PoolDiffers,
    "LG016": DayNotInState,
    "LG017": DayUnsound,
    "LG014": ProfileDayIsOpen,
    "LG015": PlacementRefused,
    "LG018": PoolWindingDown,
    "LG019": RestsOnNoFact,
}
_BY_CONSTRAINT: dict[str, type[DomainError]] = {
    "ledger_account_never_overdrawn": Overdrawn,
    "ledger_transfer_amount_is_sound": AmountRefused,
    "ledger_transfer_rests_on_its_approval": ApprovalNotUsable,
    "ledger_transfer_obeys_the_handbook": NotInHandbook,
    "ledger_transfer_moves_between_two_accounts": PostingMalformed,
    "ledger_account_has_an_owner": PostingMalformed,
}


def classify(error: BaseException) -> Fault:
    """RETRY, UNKNOWN or OURS for a database error (Django's or the driver's)."""
    state = sqlstate(error)
    if state in _RETRY:
        return Fault.RETRY
    if state is None or state.startswith("08") or state in _UNKNOWN:
        return Fault.UNKNOWN
    return Fault.OURS


def sqlstate(error: BaseException) -> str | None:
    """The five letters the server gave, or None when the connection broke before it could."""
    cause = error if hasattr(error, "sqlstate") else error.__cause__
    return getattr(cause, "sqlstate", None)


def refusal(error: DatabaseError) -> DomainError | None:
    """The book's own refusal behind a database error, or None when it is no refusal."""
    state = sqlstate(error)
    diagnosis = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None)
    detail = getattr(diagnosis, "message_detail", None)
    if state is None:
        return None
    return refusal_of(state, detail if state.startswith("LG") else constraint)


def refusal_of(state: str, detail: str | None) -> DomainError | None:
    """The refusal for an SQLSTATE and its detail (JSON facts, or a constraint's name)."""
    if state.startswith("LG"):
        return _BY_STATE.get(state, BookRefused)(**_facts(detail))
    if state == "23514" and detail is None:
        return PostingMalformed(because="no month of the book takes an identifier of that time")
    if state.startswith("23") and detail in _BY_CONSTRAINT:
        return _BY_CONSTRAINT[detail](constraint=detail)
    return None


def _facts(detail: str | None) -> dict[str, Any]:
    if not detail:
        return {}
    try:
        found = json.loads(detail)
    except ValueError:
        return {"detail": detail}
    return found if isinstance(found, dict) else {"detail": detail}
