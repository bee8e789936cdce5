"""What matching may ask of our rooms when two officers decided it: each owes work, none waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from accounts import duties
from gateway.payments.models import Bill, Payment
from gateway.topup.models import TopUp
from reserve_funds.custody.matching import acts
from reserve_funds.custody.matching.models import Line
from reserve_funds.custody.matching.proposing import Choice


def take_on() -> None:
    """Says what this room does."""
    acts.take_on(Choice.ASK_CHANNEL, ask_channel)
    acts.take_on(Choice.FETCH_BILL, fetch_bill)
    acts.take_on(Choice.REFUND_PAYER, refund_payer)


def ask_channel(lines: Sequence[Line], *, now: datetime) -> None:
    """Asks the channel about payments that are not booked, and for the bills of all these days."""
    numbers = [line.key for line in lines if line.side in ("order", "bill") and line.key]
    pools = {line.pool for line in lines}
    for payment in Payment.objects.filter(pool__in=pools, order_no__in=numbers):
        kind = "payment.ask_evidence" if payment.state == "contested" else "payment.look_again"
        if payment.state != "confirmed":
            duties.owe(kind, payment.id, now=now)
    _ask_for_bills(lines, "bill.look_again", now=now)


def fetch_bill(lines: Sequence[Line], *, now: datetime) -> None:
    """Asks for the bills of these lines' days again."""
    _ask_for_bills(lines, "bill.fetch", now=now)


def refund_payer(lines: Sequence[Line], *, now: datetime) -> None:
    """Sends home what was paid for a top-up and never loaded; a load in doubt is waited for."""
    stories = {UUID(line.story) for line in lines if line.story}
    for topup in TopUp.objects.filter(pk__in=stories, state="paid"):
        duties.owe("topup.return", topup.id, now=now)


def _ask_for_bills(lines: Sequence[Line], kind: str, *, now: datetime) -> None:
    for pool, batch in sorted({(line.pool, line.batch) for line in lines if line.batch}):
        channel, _, day = batch.rpartition(":")
        bills = Bill.objects.filter(pool=pool, channel=channel, day=date.fromisoformat(day))
        for bill in bills:
            duties.owe(kind, bill.pk, now=now)
