"""Which room of custody carries out a verdict on which of its approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from gateway.console.purposes import Hand
from reserve_funds.custody.bank import (
    corrections,
    not_instructed,
    queries,
    requests,
    reversals,
    standing,
    understanding,
)
from reserve_funds.custody.closing import services as closing
from reserve_funds.custody.cutover import services as cutover
from reserve_funds.custody.matching import deciding as matching
from reserve_funds.custody.rules import changing

NO: Final = "refused by the second officer"


def _outflow(asked: Approval, checker: Person, now: datetime) -> None:
    requests.approve(queries.request_of_approval(asked.pk), checker=checker, now=now)


def _no_outflow(asked: Approval, checker: Person, now: datetime) -> None:
    request_id = queries.request_of_approval(asked.pk)
    requests.refuse(request_id, checker=checker, because=NO, now=now)


def _understood(asked: Approval, checker: Person, now: datetime) -> None:
    understanding.approve(asked.pk, checker=checker, now=now)


def _not_understood(asked: Approval, checker: Person, now: datetime) -> None:
    understanding.refuse(asked.pk, checker=checker, because=NO, now=now)


def _corrected(asked: Approval, checker: Person, now: datetime) -> None:
    corrections.accept(asked.pk, checker=checker, now=now)


def _not_corrected(asked: Approval, checker: Person, now: datetime) -> None:
    corrections.refuse(asked.pk, checker=checker, because=NO, now=now)


def _reversed(asked: Approval, checker: Person, now: datetime) -> None:
    reversals.approve(queries.asked_together(asked), checker=checker, now=now)


def _not_reversed(asked: Approval, checker: Person, now: datetime) -> None:
    reversals.refuse(queries.asked_together(asked), checker=checker, now=now)


def _declared(asked: Approval, checker: Person, now: datetime) -> None:
    not_instructed.approve(not_instructed.of_approval(asked.pk), checker=checker, now=now)


def _not_declared(asked: Approval, checker: Person, now: datetime) -> None:
    declaration_id = not_instructed.of_approval(asked.pk)
    not_instructed.refuse(declaration_id, checker=checker, because=NO, now=now)


def _standing(asked: Approval, checker: Person, now: datetime) -> None:
    standing.approve(asked.pk, checker=checker, now=now)


def _matched(asked: Approval, checker: Person, now: datetime) -> None:
    matching.accept(asked.pk, checker=checker, now=now)


def _not_matched(asked: Approval, checker: Person, now: datetime) -> None:
    matching.refuse(asked.pk, checker=checker, now=now)


def _excepted(asked: Approval, checker: Person, now: datetime) -> None:
    closing.sign_exception(asked.pk, checker=checker, now=now)


def _opened(asked: Approval, checker: Person, now: datetime) -> None:
    cutover.sign_off(asked.pk, checker=checker, now=now)


def _profile(asked: Approval, checker: Person, now: datetime) -> None:
    changing.approve(asked.pk, checker=checker, now=now)


HANDS: Final = {
    "custody.outflow": Hand(approve=_outflow, refuse=_no_outflow),
    "custody.outflow.second": Hand(approve=_outflow, refuse=_no_outflow),
    "custody.understanding": Hand(approve=_understood, refuse=_not_understood),
    "custody.correction": Hand(approve=_corrected, refuse=_not_corrected),
    reversals.PURPOSE: Hand(approve=_reversed, refuse=_not_reversed),
    not_instructed.PURPOSE: Hand(approve=_declared, refuse=_not_declared),
    not_instructed.UNDOING: Hand(approve=_declared, refuse=_not_declared),
    "custody.patience": Hand(approve=_standing),
    "custody.limit": Hand(approve=_standing),
    "custody.recognition": Hand(approve=_standing),
    "matching.voucher": Hand(approve=_matched, refuse=_not_matched),
    "matching.act": Hand(approve=_matched, refuse=_not_matched),
    "matching.match": Hand(approve=_matched, refuse=_not_matched),
    "matching.unmatch": Hand(approve=_matched, refuse=_not_matched),
    closing.PURPOSE: Hand(approve=_excepted),
    cutover.PURPOSE: Hand(approve=_opened),
    changing.PURPOSE: Hand(approve=_profile),
}
"""Without `refuse` the approval alone is refused: nothing else waits for it."""
