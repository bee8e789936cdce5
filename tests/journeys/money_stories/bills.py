"""Channels' bills with coupons of ours in them, which no neighbour gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from accounts import clock, trail
from accounts.actors import WORKER
from accounts.identifiers import new_id, outside_id
from gateway.payments.models import Bill, BillLine, Payment


def billed(day: date, kind: str, told: Mapping[Payment, tuple[int, int]]) -> Bill:
    """The bill of a day on which so much was paid or given back, and so much of it settled."""
    now, first = clock.now(), next(iter(told))
    bill, is_new = Bill.objects.get_or_create(
        merchant=first.merchant, day=day,
        defaults={"id": new_id(now), "channel": first.channel, "pool": first.pool,
                  "expected_at": now},
    )  # fmt: skip
    if not is_new:
        return bill
    BillLine.objects.bulk_create([
        BillLine(
            id=outside_id(payment.channel, day, f"{kind}:{payment.transaction_no}"), bill=bill,
            line_no=number, kind=kind, at=now, order_no=payment.order_no,
            transaction_no=payment.transaction_no, raw_state="SUCCESS", app_no="",
            amount_fen=fen, settled_fen=settled_fen, fee_in_100000=0,
        )
        for number, (payment, (fen, settled_fen)) in enumerate(told.items(), start=1)
    ])  # fmt: skip
    trail.advance(bill, to="stored", actor=WORKER, because="a story", now=now, lines=len(told))
    return bill
