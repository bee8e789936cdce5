"""Which room carries out a verdict on which approval; the console itself decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts import approvals
from accounts.models import Approval, Person

APPROVED, REFUSED = "approved", "refused"
VERDICTS: Final = (APPROVED, REFUSED)

Decide = Callable[..., Approval]

_DECIDERS: dict[str, dict[str, Decide]] = {}


def carried_out_by(purpose: str, *, approve: Decide, refuse: Decide) -> None:
    """A room has more to do than to keep the verdict: it is asked instead of `approvals`.

    Both are called as `approvals.approve` is, and decide and act in one transaction.
    """
    _DECIDERS[purpose] = {APPROVED: approve, REFUSED: refuse}


def decide(approval_id: UUID, verdict: str, *, checker: Person, now: datetime) -> Approval:
    """Give the verdict to the room whose approval it is; the errors are the services' own."""
    asked = approvals.get(approval_id)
    plain: dict[str, Decide] = {APPROVED: approvals.approve, REFUSED: approvals.refuse}
    act = _DECIDERS.get(asked.purpose, plain)[verdict]
    return act(approval_id, checker=checker, now=now)
