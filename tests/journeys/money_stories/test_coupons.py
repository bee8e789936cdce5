"""A coupon of ours in a payment that is given back on another day: its part comes back to us.

Through payments, refunds, the costs of two days' bills and the close; the bills' lines are made
here, for the neighbours give no coupons.
"""

from __future__ import annotations

from datetime import date, timedelta

from accounts import clock
from gateway.payments.bills import costs
from gateway.payments.models import Refund
from tests.journeys.money_stories.bills import billed
from tests.reserve_funds.custody.stories.house import House, written
from tests.support.province import Province


def today() -> date:
    return clock.business_day(clock.now())


def test_a_coupon_comes_back_with_the_refund_of_another_day(
    province: Province, house: House
) -> None:
    """45.00 and our coupon of 5.00 paid; the channel gives both back, and takes 45.00 from us."""
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    payment = province.payment(topup)
    house.call("payment", payment.id)
    house.call("order", topup["id"])
    days = [today(), today() + timedelta(days=1)]
    for word, day in zip(("paid-day", "refund-day"), days, strict=True):
        house.call(word, f"wechatpay:{day}")
    costs.book(billed(days[0], "payment", {payment: (5_000, 4_500)}), now=clock.now())
    house.sound(held=4_500, owed=5_000, due=500)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment=payment)
    house.call("refund", refund.id)
    province.carry_refunds(topup)
    house.sound(held=-500, owed=0, due=500)
    assert house.ends(today()).state == "closed"
    for _ in range(2):
        cost = costs.book(billed(days[1], "refund", {payment: (5_000, 4_500)}), now=clock.now())
        assert cost is not None
        assert (cost.coupon_fen, cost.net_fen) == (-500, -4_500)
    house.sound(held=0, owed=0)
    assert house.lines() == written("""
        payment_confirmed      channel_receivable paid-day   received payment             5000
        payment_allocated      received payment              unloaded_orders order        5000
        coupon_used            own_cover_due coupon          channel_receivable paid-day  500
        own_cover_owed         loss coupon                   due_to_reserve coupon        500
        refund_asked           unloaded_orders order         refunds_in_flight refund     5000
        refund_done_by_channel refunds_in_flight refund      channel_receivable paid-day  5000
        coupon_taken_back      channel_receivable refund-day own_cover_due coupon         500
        own_cover_forgiven     due_to_reserve coupon         loss coupon                  500
    """)
