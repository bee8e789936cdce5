"""What comes out of turn, at any channel: too early, while we close, or never heard of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts import clock, duties
from gateway.payments.models import Refund
from tests.support.channels import CHANNELS, every_channel
from tests.support.province import Citizen, Province, order_no, payment_id


def state_of(citizen: Citizen, topup: dict[str, Any]) -> str:
    return str(citizen.get(f"topups/{topup['id']}").body["state"])


def refunds_there(province: Province, topup: dict[str, Any]) -> list[dict[str, Any]]:
    """This order's refunds in the channel's own book."""
    return [row for row in province.wallet.book()["refunds"] if row["order_no"] == order_no(topup)]


@every_channel
def test_the_notice_comes_before_the_answer_that_opens_the_order(province: Province) -> None:
    citizen = province.citizen()
    province.catcher.take()
    province.wallet.faults(notice_before_create_returns=1)
    topup = province.order(citizen, province.card())
    [push] = province.pushes(1)
    assert province.deliver(push) in (200, 204)
    duties.work(clock.now())
    assert state_of(citizen, topup) == "paid"
    assert province.faults() == []


@pytest.mark.parametrize("channel", [name for name in CHANNELS if name != "unionpay"])
def test_a_payment_that_lands_while_we_close_goes_straight_back(province: Province) -> None:
    """银联 is never asked to close: an order of its is over by time, which the robbers try."""
    citizen = province.citizen()
    scene = "jsapi" if province.channel == "alipay" else ""  # a code nobody scanned is no trade
    topup = province.order(citizen, province.card(), scene=scene)
    province.wallet.faults(late_success_after_close=1)
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert state_of(citizen, topup) == "expired"
    duties.work_one("payment.look_again", payment_id(topup), clock.now() + timedelta(hours=1))
    province.carry_refunds(topup)
    payment = province.payment(topup)
    assert (payment.state, payment.refunding_fen) == ("confirmed", 5_000)
    assert province.balance_fen("received", payment.id) == 0
    assert state_of(citizen, topup) == "expired"
    assert province.faults() == []


@every_channel
def test_a_refund_whose_answer_is_lost_is_sent_again_and_is_one(province: Province) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    province.wallet.faults(no_answer={"times": 1, "on": "refund"})
    citizen.post(f"topups/{topup['id']}/refund")
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    now = clock.now()
    duties.work_one("refund.carry", refund.id, now)
    [lost] = refunds_there(province, topup)
    assert Refund.objects.get(pk=refund.pk).state == "asked", "nothing was heard"
    duties.work_one("refund.carry", refund.id, now + timedelta(minutes=1))
    province.wallet.advance(2)
    duties.work_one("refund.carry", refund.id, now + timedelta(minutes=10))
    assert state_of(citizen, topup) == "refunded"
    [there] = refunds_there(province, topup)
    assert (there["refund_no"], there["amount_fen"]) == (lost["refund_no"], 5_000)
    assert there["refund_no"] == refund.refund_no
    assert province.faults() == []
