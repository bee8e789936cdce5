"""我方优惠券: how much of a payment the operator's own coupon paid, and what comes back of it.

A channel's bill says it: what it settles of a payment is less than the order by our coupon. A
coupon of the channel's own is settled in full, and none of our business.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.identifiers import outside_id
from gateway.payments.bills import costs
from gateway.payments.models import BillLine, Payment
from reserve_funds import income
from reserve_funds.chart import CoverReason
from reserve_funds.ledger.values import Posting


def share_fen(payment: Payment, amount_fen: int) -> int:
    """What our coupon paid of `amount_fen` of this payment, rounded for the payer.

    0 before the bill of its settlement day has come: nothing says there was a coupon.
    """
    if payment.settlement_day is None or not payment.paid_fen:
        return 0
    own_id = outside_id(
        payment.channel, payment.settlement_day, f"payment:{payment.transaction_no}"
    )
    line = BillLine.objects.filter(pk=own_id, kind="payment").first()
    coupon_fen = line.amount_fen - line.settled_fen if line is not None else 0
    return amount_fen * max(0, coupon_fen) // payment.paid_fen


def taken_back(
    pool: int, redemption_id: UUID, *, cause: UUID, amount_fen: int, event_at: datetime
) -> list[Posting]:
    """The postings that keep a coupon's part out of what a redemption pays, under the lock of the
    pool's costs: less is owed by own money, and past that it is own income."""
    costs.one_at_a_time(pool)
    due_fen = min(amount_fen, costs.open_cover(pool, CoverReason.COUPON))
    return income.coupon_taken_back(
        pool,
        redemption_id,
        cause=cause,
        due_fen=due_fen,
        covered_fen=amount_fen - due_fen,
        event_at=event_at,
    )
