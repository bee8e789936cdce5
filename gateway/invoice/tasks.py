"""The outstanding work of invoices: to make, to reverse, to fetch, and to ask about again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts import clock, duties
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.invoice import asking, files, issuing, queries, reversing

_S, _M, _H, _D = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
SOON = (5 * _S, 15 * _S, _M, *[5 * _M] * 12, *[_H] * 72)
PATIENT = (*SOON, *[_D] * 90)
"""A buyer may take weeks to confirm a reversal; after that people see it as given up."""
IN_DOUBT_AFTER = timedelta(days=1)
BANK_SAID = "invoice.bank_said"


@duty(asking.ISSUE, schedule=SOON)
def issue(invoice_id: UUID, now: datetime) -> Later | None:
    """Brings an invoice that was asked for to its end."""
    return None if issuing.carry(invoice_id, now=now) else Later(because="no invoice yet")


@duty(reversing.REVERSE, schedule=PATIENT)
def reverse(invoice_id: UUID, now: datetime) -> Later | None:
    """Reverses an invoice whose order's money went back."""
    return None if reversing.carry(invoice_id, now=now) else Later(because="not reversed yet")


@duty(issuing.FETCH, schedule=SOON)
def fetch(invoice_id: UUID, now: datetime) -> None:
    """Fetches an invoice's files."""
    files.fetch(invoice_id, is_red=False, now=now)


@duty(reversing.FETCH_RED, schedule=SOON)
def fetch_red(invoice_id: UUID, now: datetime) -> None:
    """Fetches the files of its red invoice."""
    files.fetch(invoice_id, is_red=True, now=now)


@duty(BANK_SAID, schedule=SOON)
def bank_said(instruction_id: UUID, now: datetime) -> None:
    """A bank is told to give an order's money back, or did not."""
    reversing.hear_bank(instruction_id, now)


def ask_about_doubts() -> None:
    """What the schedule runs every day."""
    reconcile(clock.now())


def reconcile(now: datetime) -> int:
    """Owes every invoice in doubt its question again, also past its schedule; gives how many."""
    found = list(queries.in_doubt(now, older=IN_DOUBT_AFTER))
    for invoice in found:
        kind = asking.ISSUE if invoice.state == "sent" else reversing.REVERSE
        duties.owe(kind, invoice.pk, now=now)
    return len(found)


every("invoice.reconcile", "gateway.invoice.tasks.ask_about_doubts", timedelta(days=1))
