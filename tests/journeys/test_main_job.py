"""A citizen pays, a card is loaded, the reserve ledger proves it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import clock, duties
from tests.support.channels import REFUNDS_AT_ONCE, every_channel
from tests.support.province import Province, payment_id
from tests.support.talk import Talk


@every_channel
def test_a_citizen_pays_and_the_card_is_loaded_to_the_fen(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.order(citizen, talk.card, 5_000)
    assert topup["state"] == "placed"
    assert set(topup["payments"][0]["offer"]) in ({"code_url"}, {"h5_url"}, {"form"})

    [push] = province.pay(topup)
    assert province.deliver(push) in (200, 204)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed", "a notice only hastens"
    duties.work(clock.now())
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"

    verdict = talk.load(topup)
    assert verdict.body["outcome"] == "loaded"
    assert len(verdict.body["tac"]) == 8
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.balance_fen("unloaded_orders", topup["id"]) == 0
    assert province.faults() == []

    told = citizen.get(f"topups/{topup['id']}/story").body
    acts = [(row["act"], row["code"]) for row in told["transfers"]]
    assert acts == [
        ("POST", "payment_confirmed"),
        ("POST", "payment_allocated"),
        ("HOLD", "load"),
        ("SETTLE", "load"),
    ]


@every_channel
def test_without_any_notice_the_sweep_asks(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    duties.work(clock.now() + timedelta(seconds=11))
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert province.faults() == []


def test_a_tear_after_credit_is_doubt_until_the_card_is_seen_again(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)

    assert talk.load(topup, tear="after").body["outcome"] == "in_doubt"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "in_doubt"
    refused = citizen.post(f"topups/{topup['id']}/refund")
    assert (refused.status, refused.body["code"]) == (409, "refund_while_load_unresolved")
    again = talk.open(topup)
    assert (again.status, again.body["code"]) == (409, "load_unresolved")

    verdict = talk.show()
    assert verdict.body["outcome"] == "loaded", verdict.body
    assert len(verdict.body["tac"]) == 8, "the TAC of the proof is kept"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


def test_a_tear_before_credit_is_proven_not_loaded_and_loaded_anew(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)

    assert talk.load(topup, tear="before").body["outcome"] == "in_doubt"
    assert talk.show().body["outcome"] == "not_loaded"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert talk.load(topup).body["outcome"] == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


def test_a_client_that_lies_about_failure_gains_nothing(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    credit = talk.challenge(talk.open(topup))
    talk.run(credit.body["script"])
    assert talk.prove(credit, ["9302"]).body["outcome"] == "in_doubt"
    assert citizen.post(f"topups/{topup['id']}/refund").status == 409
    assert talk.show().body["outcome"] == "loaded"
    assert citizen.post(f"topups/{topup['id']}/refund").body["code"] == "topup_is_over"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


@every_channel
def test_paid_but_never_loaded_goes_back_by_itself(province: Province, settings) -> None:  # type: ignore[no-untyped-def]
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    now = clock.now()
    duties.work(now + timedelta(days=settings.UNLOADED_RETURN_DAYS, minutes=1))
    under_way = "refunded" if province.channel in REFUNDS_AT_ONCE else "refunding"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == under_way
    province.carry_refunds(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "refunded"
    [refund] = [
        refund
        for refund in province.wallet.book()["refunds"]
        if refund["order_no"] == topup["payments"][0]["order_no"]
    ]
    assert refund["amount_fen"] == 5_000
    assert province.balance_fen("unloaded_orders", topup["id"]) == 0
    assert province.faults() == []


@every_channel
def test_a_payer_may_ask_for_the_money_back_before_loading(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    asked = citizen.post(f"topups/{topup['id']}/refund")
    assert asked.status == 202
    opened = talk.open(topup)
    assert (opened.status, opened.body["code"]) == (409, "topup_is_over")
    province.carry_refunds(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "refunded"
    assert province.faults() == []


@every_channel
def test_paid_after_the_order_closed_goes_straight_back(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "expired"

    [push] = province.pay(topup, late=True)
    assert province.deliver(push) in (200, 204)
    duties.work(clock.now())
    province.carry_refunds(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "expired"
    payment = province.payment(topup)
    assert (payment.state, payment.paid_fen, payment.refunding_fen) == ("confirmed", 5_000, 5_000)
    assert province.balance_fen("received", payment_id(topup)) == 0
    assert province.faults() == []


@every_channel
@pytest.mark.parametrize("paid_fen", [1, 4_999, 5_001])
def test_another_amount_than_asked_goes_back_whole(province: Province, paid_fen: int) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup, amount_fen=paid_fen)
    province.ask(topup)
    province.carry_refunds(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"
    payment = province.payment(topup)
    assert (payment.paid_fen, payment.allocated_fen, payment.refunding_fen) == (
        paid_fen,
        0,
        paid_fen,
    )
    assert province.balance_fen("received", payment_id(topup)) == 0
    assert province.faults() == []
