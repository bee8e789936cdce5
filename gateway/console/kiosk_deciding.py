"""Which service of the kiosks' room carries out a verdict on which of its approvals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from accounts.models import Approval, Person
from gateway.kiosk import boxes, claims, counters, creating, ending, quota
from gateway.kiosk.errors import SecondCounts

Decide = Callable[[Approval, Person, datetime], None]


def _enrol(asked: Approval, checker: Person, now: datetime) -> None:
    """The code that comes with it is forgotten: whoever needs one takes it on the kiosk's page."""
    creating.approve(asked.pk, checker=checker, now=now)


def _not_enrol(asked: Approval, checker: Person, now: datetime) -> None:
    creating.refuse(asked.pk, checker=checker, now=now)


def _grant(asked: Approval, checker: Person, now: datetime) -> None:
    quota.approve(asked.pk, checker=checker, now=now)


def _count(asked: Approval, checker: Person, now: datetime) -> None:
    raise SecondCounts(count=asked.pk)


def _not_count(asked: Approval, checker: Person, now: datetime) -> None:
    boxes.refuse_count(asked.pk, checker=checker, now=now)


def _counter(asked: Approval, checker: Person, now: datetime) -> None:
    counters.approve(asked.pk, checker=checker, now=now)


def _not_counter(asked: Approval, checker: Person, now: datetime) -> None:
    counters.refuse(asked.pk, checker=checker, now=now)


def _end_day(asked: Approval, checker: Person, now: datetime) -> None:
    ending.approve(asked.pk, checker=checker, now=now)


def _pay_out(asked: Approval, checker: Person, now: datetime) -> None:
    claims.approve(asked.pk, checker=checker, now=now)


def _not_pay_out(asked: Approval, checker: Person, now: datetime) -> None:
    claims.refuse(asked.pk, checker=checker, now=now)


APPROVING: Final[dict[str, Decide]] = {
    creating.PURPOSE: _enrol,
    quota.PURPOSE: _grant,
    boxes.PURPOSE: _count,
    counters.PURPOSE: _counter,
    ending.PURPOSE: _end_day,
    claims.PURPOSE: _pay_out,
}
REFUSING: Final[dict[str, Decide]] = {
    creating.PURPOSE: _not_enrol,
    boxes.PURPOSE: _not_count,
    counters.PURPOSE: _not_counter,
    claims.PURPOSE: _not_pay_out,
}
"""What is not here is refused as an approval alone: nothing else waits for it."""
