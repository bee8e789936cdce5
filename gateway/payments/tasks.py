"""The outstanding work of this room: what is owed, how often it is tried, and who does it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.payments import asking, keys, refunding
from gateway.payments.bills import reconciling, taking
from gateway.payments.line import Line
from gateway.payments.models import MerchantAccount
from gateway.payments.notices import inbox, sealing

_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ASK_PAYMENT = (
    5 * _S,
    10 * _S,
    15 * _S,
    30 * _S,
    _M,
    2 * _M,
    3 * _M,
    *([5 * _M] * 12),
    *([_H] * 24),
)
CARRY_REFUND = (5 * _S, 15 * _S, _M, 5 * _M, 15 * _M, *([_H] * 24), *([24 * _H] * 14))
APPLY_NOTICE = (_S, 5 * _S, 30 * _S, _M, 5 * _M, 5 * _M)
ASK_EVIDENCE = (10 * _S, _M, 10 * _M, _H, 6 * _H)
LOOK_AGAIN = (_M, 10 * _M, _H, 6 * _H, 24 * _H)
FETCH_BILL = (10 * _M, 20 * _M, 30 * _M, *([_H] * 12), *([6 * _H] * 8))
APPLY_BILL = (10 * _S, _M, 10 * _M, _H, 6 * _H)
LEARN_KEYS = (10 * _S, _M, 10 * _M)


@duty("payment.query", schedule=ASK_PAYMENT)
def query_payment(payment_id: UUID, now: datetime) -> Later | None:
    """Asks the channel until a payment is confirmed or closed."""
    return None if asking.query(payment_id, now=now) else Later(because="not decided yet")


@duty("payment.look_again", schedule=LOOK_AGAIN)
def look_again(payment_id: UUID, now: datetime) -> Later | None:
    """Asks once more about a closed payment: money may have been on its way."""
    return None if asking.query(payment_id, now=now) else Later(because="not decided yet")


@duty("payment.ask_evidence", schedule=ASK_EVIDENCE)
def ask_for_evidence(payment_id: UUID, now: datetime) -> None:
    """Asks for one more word about a contested payment, because two officers want it."""
    asking.ask_for_evidence(payment_id, now=now)


@duty("refund.carry", schedule=CARRY_REFUND)
def carry_refund(refund_id: UUID, now: datetime) -> Later | None:
    """Sends a refund under its fixed number and asks until it is done."""
    return None if refunding.carry(refund_id, now=now) else Later(because="not done yet")


@duty("notice.apply", schedule=APPLY_NOTICE)
def apply_notice(notice_id: UUID, now: datetime) -> Later | None:
    """Acts on a kept notice; one whose order is not known yet stays parked."""
    return None if inbox.apply(notice_id, now=now) else Later(because="order not known yet")


@duty("merchant.keys", schedule=LEARN_KEYS)
def learn_keys(account_id: UUID, now: datetime) -> None:
    """Asks a channel for its keys after it signed under one we do not know."""
    Line(MerchantAccount.objects.get(pk=account_id)).refresh_keys("named by a notice")


@duty("bill.fetch", schedule=FETCH_BILL, lease=15 * _M)
def fetch_bill(bill_id: UUID, now: datetime) -> None:
    """Asks for a day's bill until it is there, and takes it."""
    taking.fetch(bill_id, now=now)


@duty("bill.look_again", schedule=FETCH_BILL, lease=15 * _M)
def look_at_bill_again(bill_id: UUID, now: datetime) -> None:
    """Asks once more days later: a bill that has changed is told."""
    taking.fetch(bill_id, now=now)


@duty("bill.apply", schedule=APPLY_BILL, lease=15 * _M)
def apply_bill(bill_id: UUID, now: datetime) -> Later | None:
    """Holds a taken bill beside our rows and books what the day cost."""
    if reconciling.apply(bill_id, now=now):
        return None
    return Later(at=now, because="there is more to look at")


def expect_bills() -> None:
    """Owes the bills of the days that are over."""
    taking.expect(clock.now())


def seal_notices() -> None:
    """Seals the days of the inbox that are over."""
    sealing.seal_due(clock.now())


def purge_notices() -> None:
    """Removes notices past their retention, in whole sealed days."""
    sealing.purge(clock.now())


def warn_of_keys() -> None:
    """Announces channels' keys that end soon."""
    keys.warn(clock.now())


every("payments.expect_bills", "gateway.payments.tasks.expect_bills", timedelta(minutes=10))
every("payments.seal_notices", "gateway.payments.tasks.seal_notices", timedelta(hours=1))
every("payments.purge_notices", "gateway.payments.tasks.purge_notices", timedelta(days=1))
every("payments.warn_of_keys", "gateway.payments.tasks.warn_of_keys", timedelta(hours=6))
