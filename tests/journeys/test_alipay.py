"""支付宝: what only this channel does to a citizen's money, and what must come of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts import clock, duties
from accounts.models import SecurityEvent
from gateway.channels.port import RefundWish
from gateway.payments.line import Line
from gateway.payments.models import Notice, Refund
from tests.support.province import Province, order_no, payment_id


@pytest.fixture
def channel() -> str:
    return "alipay"


def state_of(citizen: Any, topup: dict[str, Any]) -> str:
    return str(citizen.get(f"topups/{topup['id']}").body["state"])


def by_hand(province: Province, topup: dict[str, Any], amount_fen: int) -> None:
    """Somebody of ours gives money back at the merchant's own page."""
    wish = RefundWish(
        refund_no=f"byhand{amount_fen}",
        order_no=order_no(topup),
        transaction_no="",
        asked_at=clock.now(),
        amount_fen=amount_fen,
        total_fen=5_000,
    )
    Line(province.payment(topup).merchant).ask(
        lambda adapter, merchant, stamp: adapter.refund(
            merchant, wish, now=stamp.now, nonce=stamp.nonce
        ),
        lambda adapter, merchant, response, at: adapter.read_refund(merchant, response, now=at),
    )


def test_a_code_nobody_scans_expires_by_itself(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.ask(topup)
    assert province.payment(topup).state == "offered"
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert (province.payment(topup).state, state_of(citizen, topup)) == ("closed", "expired")
    assert province.faults() == []


def test_a_part_given_back_by_hand_before_we_asked_is_not_loaded_whole(province: Province) -> None:
    """The query says paid and nothing of the part; only the notice tells of it."""
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    by_hand(province, topup, 2_000)
    [push] = province.pushes(1)
    assert province.deliver(push) == 200
    duties.work(clock.now())
    assert (province.payment(topup).state, state_of(citizen, topup)) == ("contested", "placed")
    [event] = SecurityEvent.objects.filter(subject=str(payment_id(topup)))
    assert event.facts["fields"] == ["notice.given_back"]
    assert province.balance_fen("received", payment_id(topup)) == 0
    assert province.faults() == []


def test_our_own_refunds_notice_is_no_second_payment(province: Province) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    province.pushes(0)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.carry_refunds(topup)
    assert state_of(citizen, topup) == "refunded"
    for push in province.pushes(1):
        assert province.deliver(push) == 200
    duties.work(clock.now())
    payment = province.payment(topup)
    assert (payment.state, payment.paid_fen, payment.refunding_fen) == ("confirmed", 5_000, 5_000)
    assert Notice.objects.filter(merchant__pool=province.pool, state="applied").exists()
    assert SecurityEvent.objects.filter(subject=str(payment.id)).count() == 0
    assert province.faults() == []


@pytest.mark.parametrize("fault", ["refund_no_change", "refund_stays", "not_enough"])
def test_a_refund_that_is_not_clear_is_asked_about_until_it_is(
    province: Province, fault: str
) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    province.wallet.faults(**{fault: 1})
    for minutes in (0, 5, 10, 15):
        moment = clock.now() + timedelta(minutes=minutes)
        duties.work_one("refund.carry", refund.id, moment)
    assert state_of(citizen, topup) == "refunded"
    sent = [one for one in province.wallet.book()["refunds"] if one["order_no"] == order_no(topup)]
    assert [(one["amount_fen"], one["state"]) for one in sent] == [(5_000, "DONE")]
    assert province.faults() == []


def test_a_finished_trade_counts_as_paid(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    province.wallet.act("finish", order_no=order_no(topup))
    province.ask(topup)
    assert state_of(citizen, topup) == "paid"
    assert province.faults() == []
