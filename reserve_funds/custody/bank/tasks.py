"""What the bank's side needs done: new entries booked soon, what nobody decided ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock, duties, schedules
from reserve_funds.custody.bank import (
    booking,
    corrections,
    endings,
    not_instructed,
    requests,
    understanding,
)
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.taking import BOOKING

_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=15)


@duties.duty(BOOKING, schedule=[_SOON, _SOON, _LATER, _LATER], lease=timedelta(minutes=5))
def book_entries(account_id: UUID, now: datetime) -> None:
    """The entries of one account, after a statement of it was taken."""
    booking.book(CustodyAccount.objects.get(pk=account_id), now=now)


def sweep() -> None:
    """What a duty missed, such as entries that waited for a pool's book to open."""
    booking.book(None, now=clock.now())


def expire() -> None:
    """Requests, 查清 and corrections that nobody decided in time."""
    now = clock.now()
    requests.expire(now)
    understanding.expire(now)
    corrections.expire(now)
    not_instructed.expire(now)
    endings.expire(now)


schedules.every("bank-entries", "reserve_funds.custody.bank.tasks.sweep", timedelta(minutes=10))
schedules.every("bank-words", "reserve_funds.custody.bank.tasks.expire", timedelta(minutes=10))
