"""Which room of custody carries out a verdict on which of its approvals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from reserve_funds.custody.bank import (
    corrections,
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

Decide = Callable[[Approval, Person, datetime], None]
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


APPROVING: Final[dict[str, Decide]] = {
    "custody.outflow": _outflow,
    "custody.outflow.second": _outflow,
    "custody.understanding": _understood,
    "custody.correction": _corrected,
    reversals.PURPOSE: _reversed,
    "custody.limit": _standing,
    "custody.recognition": _standing,
    "matching.voucher": _matched,
    "matching.act": _matched,
    "matching.match": _matched,
    "matching.unmatch": _matched,
    closing.PURPOSE: _excepted,
    cutover.PURPOSE: _opened,
    changing.PURPOSE: _profile,
}
REFUSING: Final[dict[str, Decide]] = {
    "custody.outflow": _no_outflow,
    "custody.outflow.second": _no_outflow,
    "custody.understanding": _not_understood,
    "custody.correction": _not_corrected,
    reversals.PURPOSE: _not_reversed,
    "matching.voucher": _not_matched,
    "matching.act": _not_matched,
    "matching.match": _not_matched,
    "matching.unmatch": _not_matched,
}
"""What is not here is refused as an approval alone: nothing else waits for it."""
