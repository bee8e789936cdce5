"""Which room carries out a verdict on which approval; the console itself decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts import approvals
from accounts.models import Approval, Person
from gateway.card_service import queries as card_services
from gateway.card_service import redeeming
from gateway.console import custody_deciding, purposes
from gateway.console.purposes import Hand, PurposeWithoutHand
from gateway.payments.decisions import deciding as payments
from gateway.payments.decisions.matters import Choice
from gateway.topup import decisions as loads
from nfc_topup import decisions, locks
from nfc_topup.keys import activation, ceremonies, destruction

APPROVED, REFUSED = "approved", "refused"
VERDICTS: Final = (APPROVED, REFUSED)
NO: Final = "refused by the second officer"


def decide(approval_id: UUID, verdict: str, *, checker: Person, now: datetime) -> None:
    """Give the verdict to the room whose approval it is; the errors are the services' own.

    PurposeWithoutHand where nobody at the desk carries it out: it is never approved in vain.
    """
    asked = approvals.get(approval_id)
    hand = _hand_of(asked.purpose)
    if hand is None:
        raise PurposeWithoutHand(purpose=asked.purpose)
    act = hand.approve if verdict == APPROVED else hand.refuse or _refuse
    act(asked, checker, now)


def _hand_of(purpose: str) -> Hand | None:
    """Who carries out a verdict on this; what a room brings wins. None: nobody at the desk."""
    brought = purposes.brought().get(purpose)
    return _HANDS.get(purpose) if brought is None else brought[1]


def _keep(asked: Approval, checker: Person, now: datetime) -> None:
    """The approval alone: the room spends it when the time has come."""
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


def _redeem(asked: Approval, checker: Person, now: datetime) -> None:
    redeeming.approve(card_services.departure_of_approval(asked.pk), checker=checker, now=now)


def _do_not_redeem(asked: Approval, checker: Person, now: datetime) -> None:
    departure_id = card_services.departure_of_approval(asked.pk)
    redeeming.refuse(departure_id, checker=checker, because=NO, now=now)


_HANDS: Final[Mapping[str, Hand]] = {
    decisions.PURPOSE: Hand(approve=_approve_load, refuse=_refuse_load),
    locks.PURPOSE: Hand(approve=_lift_lock),
    activation.PURPOSE: Hand(approve=_activate_key),
    destruction.PURPOSE: Hand(approve=_keep),
    redeeming.PURPOSE: Hand(approve=_redeem, refuse=_do_not_redeem),
    **{f"payments.{one}": Hand(approve=_approve_payment, refuse=_refuse_payment) for one in Choice},
    **custody_deciding.HANDS,
}
"""Whose hand each verdict is, of the rooms that do not bring their own; see `purposes.py`."""
