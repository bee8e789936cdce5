"""Which room carries out a verdict on which approval; the console itself decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts import approvals
from accounts.models import Approval, Person
from gateway.console import custody_deciding, kiosk_deciding
from gateway.payments.decisions import deciding as payments
from gateway.topup import decisions as loads
from nfc_topup import decisions, locks
from nfc_topup.keys import activation, ceremonies

APPROVED, REFUSED = "approved", "refused"
VERDICTS: Final = (APPROVED, REFUSED)
OF_PAYMENTS: Final = "payments."


def decide(approval_id: UUID, verdict: str, *, checker: Person, now: datetime) -> None:
    """Give the verdict to the room whose approval it is; the errors are the services' own.

    A room that has nothing to do at a verdict has its approval kept, to be spent later.
    """
    asked = approvals.get(approval_id)
    purpose = OF_PAYMENTS if asked.purpose.startswith(OF_PAYMENTS) else asked.purpose
    known = _CARRIED_OUT.get((purpose, verdict), _KEPT[verdict])
    known(asked, checker, now)


def _approve(asked: Approval, checker: Person, now: datetime) -> None:
    approvals.approve(asked.pk, checker=checker, now=now)


def _refuse(asked: Approval, checker: Person, now: datetime) -> None:
    approvals.refuse(asked.pk, checker=checker, now=now)


def _approve_load(asked: Approval, checker: Person, now: datetime) -> None:
    loads.approve(UUID(asked.content["decision_id"]), checker=checker, now=now)


def _refuse_load(asked: Approval, checker: Person, now: datetime) -> None:
    loads.refuse(UUID(asked.content["decision_id"]), checker=checker, now=now)


def _approve_payment(asked: Approval, checker: Person, now: datetime) -> None:
    payments.approve(asked.pk, checker=checker, now=now)


def _refuse_payment(asked: Approval, checker: Person, now: datetime) -> None:
    payments.refuse(asked.pk, checker=checker, now=now)


def _lift_lock(asked: Approval, checker: Person, now: datetime) -> None:
    locks.approve_lift(asked.pk, checker=checker, now=now)


def _activate_key(asked: Approval, checker: Person, now: datetime) -> None:
    waiting = (one.id for one in ceremonies.open_ones(now) if one.approval_id == asked.pk)
    ceremony_id = next(waiting, None)
    if ceremony_id is not None:
        activation.approve(ceremony_id, by=checker, now=now)
    else:
        activation.approve_return(UUID(asked.content["key"]), asked.pk, by=checker, now=now)


Decide = Callable[[Approval, Person, datetime], None]

_KEPT: Final[dict[str, Decide]] = {APPROVED: _approve, REFUSED: _refuse}
_CARRIED_OUT: Final[dict[tuple[str, str], Decide]] = {
    (decisions.PURPOSE, APPROVED): _approve_load,
    (decisions.PURPOSE, REFUSED): _refuse_load,
    (OF_PAYMENTS, APPROVED): _approve_payment,
    (OF_PAYMENTS, REFUSED): _refuse_payment,
    (locks.PURPOSE, APPROVED): _lift_lock,
    (activation.PURPOSE, APPROVED): _activate_key,
    **{(one, APPROVED): act for one, act in custody_deciding.APPROVING.items()},
    **{(one, REFUSED): act for one, act in custody_deciding.REFUSING.items()},
    **{(one, APPROVED): act for one, act in kiosk_deciding.APPROVING.items()},
    **{(one, REFUSED): act for one, act in kiosk_deciding.REFUSING.items()},
}
