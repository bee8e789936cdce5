"""渠道费用: what a channel keeps of a day's money is the company's cost, booked from its bill.

`accounting.md`: a channel settles net, the reserve is owed the fee, own money must cover it.
Coupons of ours likewise. A fee that comes back with a refund lowers what is still to be covered,
and past that it is the company's own money lying in the reserve; so does a coupon's part of what
a channel refunds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts.clock import start_of_day
from gateway.payments.models import Bill, ChannelCost
from reserve_funds import income, postings
from reserve_funds.chart import CoverReason
from reserve_funds.ledger import book as ledger
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Posting

_SUMS = """
SELECT count(*) FILTER (WHERE kind = 'payment'),
       count(*) FILTER (WHERE kind = 'refund'),
       coalesce(sum(amount_fen) FILTER (WHERE kind = 'payment'), 0)::bigint,
       coalesce(sum(amount_fen) FILTER (WHERE kind = 'refund'), 0)::bigint,
       coalesce(sum(amount_fen - settled_fen) FILTER (WHERE kind = 'payment'), 0)::bigint
       - coalesce(sum(amount_fen - settled_fen) FILTER (WHERE kind = 'refund'), 0)::bigint,
       coalesce(sum(fee_in_100000) FILTER (WHERE fee_in_100000 > 0), 0)::bigint,
       coalesce(-sum(fee_in_100000) FILTER (WHERE fee_in_100000 < 0), 0)::bigint
  FROM payments_bill_line WHERE bill_id = %s
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1885959542, %s)"
_PER_FEN = 1_000


def book(bill: Bill, *, now: datetime) -> ChannelCost | None:
    """Books what a day cost at its channel, once for each bill; None for a bill without lines.

    Moments of the world: everything happened by the end of the bill's day.
    """
    if bill.state == "nothing":
        return None
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10min'")
        one_at_a_time(bill.pool)
        present = ChannelCost.objects.filter(bill=bill).first()
        if present is not None:
            return present
        cost = _reckoned(bill, now=now)
        ledger.post(_postings(bill, cost))
        return ChannelCost.objects.create(
            **{field.attname: getattr(cost, field.attname) for field in cost._meta.fields}
        )


def fen_of(fee_in_100000: int) -> int:
    """A day's fee in fen: the exact sum of its lines, rounded once, half up."""
    return (fee_in_100000 + _PER_FEN // 2) // _PER_FEN


def one_at_a_time(pool: int) -> None:
    """Until this transaction ends nobody else of the pool reckons with what own money owes."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [pool])


def open_cover(pool: int, reason: CoverReason) -> int:
    """What own money still owes the reserve for this reason."""
    return max(0, queries.balance_fen(pool, postings.own_cover_due(reason)))


def _reckoned(bill: Bill, *, now: datetime) -> ChannelCost:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [bill.pk])
        payments, refunds, gross, given_back, coupon, fee, returned = cursor.fetchone()
    fee_fen, returned_fen = fen_of(fee), fen_of(returned)
    return ChannelCost(
        bill=bill,
        payments=payments,
        refunds=refunds,
        gross_fen=gross,
        refunds_fen=given_back,
        coupon_fen=coupon,
        fee_fen=fee_fen,
        returned_fen=returned_fen,
        returned_due_fen=min(returned_fen, open_cover(bill.pool, CoverReason.FEE) + fee_fen),
        net_fen=gross - given_back - coupon - fee_fen + returned_fen,
        booked_at=now,
    )


def _postings(bill: Bill, cost: ChannelCost) -> list[Posting]:
    at = start_of_day(bill.day + timedelta(days=1))
    wanted: list[Posting] = []
    if cost.fee_fen:
        wanted += postings.fee_withheld(
            bill.pool,
            bill.pk,
            channel=bill.channel,
            settlement_day=bill.day,
            amount_fen=cost.fee_fen,
            event_at=at,
        )
    if cost.coupon_fen > 0:
        wanted += postings.coupon_used(
            bill.pool,
            bill.pk,
            channel=bill.channel,
            settlement_day=bill.day,
            amount_fen=cost.coupon_fen,
            event_at=at,
        )
    if cost.coupon_fen < 0:
        came_fen = -cost.coupon_fen
        due_fen = min(came_fen, open_cover(bill.pool, CoverReason.COUPON))
        wanted += income.coupon_came_back(
            bill.pool,
            bill.pk,
            channel=bill.channel,
            settlement_day=bill.day,
            due_fen=due_fen,
            covered_fen=came_fen - due_fen,
            event_at=at,
        )
    if cost.returned_fen:
        wanted += income.fee_returned(
            bill.pool,
            bill.pk,
            channel=bill.channel,
            settlement_day=bill.day,
            due_fen=cost.returned_due_fen,
            covered_fen=cost.returned_fen - cost.returned_due_fen,
            event_at=at,
        )
    return wanted
