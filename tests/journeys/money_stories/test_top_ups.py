"""Stories of a top-up's money, line by line, from the payer's phone to the closed day.

Everything goes through the real services: payments, bills, top-ups, loads, refunds, the bank's
statements and their booking, matching and the close. Only a chargeback is told by its room alone:
no channel of ours reports one yet, so whoever reads its letter tells custody.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts import clock, duties
from accounts.actors import Actor
from accounts.identifiers import new_id
from gateway.payments.bills import reconciling, taking
from gateway.payments.models import Bill, Payment, Refund
from gateway.topup import conversation
from gateway.topup import queries as topups
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.losses import services as losses
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Ref
from tests.journeys.test_bills import BACK, earlier
from tests.journeys.test_one_code import (
    UNIONPAY,
    choose,
    introduced,
    ordered,
    payments,
    pressed,
    scan,
)
from tests.reserve_funds.custody.stories.house import House, written
from tests.support.province import Province, order_no, payment_id
from tests.support.talk import Talk

DESK = Actor(kind="officer", id="channel-desk")


def today() -> date:
    return clock.business_day(clock.now())


def test_a_top_up_with_net_settlement_and_fee(
    province: Province, house: House, talk: Talk, books: Path
) -> None:
    """50.00 paid, 0.30 kept by the channel, 49.70 paid out, 0.30 brought in by own money."""
    day = today() - timedelta(days=BACK)
    topup = province.order(talk.citizen, talk.card)
    province.pay(topup)
    earlier(books, order_no(topup))
    province.ask(topup)
    house.call("payment", payment_id(topup))
    house.call("order", topup["id"])
    house.call("card", talk.card.state.asn)
    house.call("receivable", f"wechatpay:{day}")
    house.sound(held=5_000, owed=5_000)
    assert talk.load(topup).body["outcome"] == "loaded"
    house.sound(held=5_000, owed=5_000)

    taking.expect(clock.now(), pool=province.pool)
    bill = Bill.objects.get(merchant__pool=province.pool, day=day)
    for _ in range(2):
        taking.fetch(bill.id, now=clock.now())
        assert reconciling.apply(bill.id, now=clock.now())
    house.sound(held=4_970, owed=5_000, due=30)
    of_day = {"channel": "wechatpay", "days_before": BACK, "working_days": False}
    house.knows("payouts", Known.CHANNEL_PAYOUT, words="财付通", terms=of_day)
    house.knows("cover", Known.OWN_COVER, words="备付金补足",
                terms={"reason": "fee", "own_account_id": str(house.income.id)})  # fmt: skip
    house.bank.line(4_970, summary="财付通 结算款").line(30, summary="备付金补足").book()
    house.sound(held=5_000, owed=5_000)
    assert house.fen("bank_reserve", house.account.id) == 5_000, "all of it is in the bank"
    assert house.fen("channel_receivable", f"wechatpay:{day}") == 0
    assert house.ends(today()).state == "closed"
    assert cases.open_of(house.pool) == []
    assert house.lines() == written("""
        payment_confirmed    channel_receivable receivable  received payment              5000
        payment_allocated    received payment               unloaded_orders order         5000
        load(held)           unloaded_orders order          card_purse card               5000
        load(settled)        unloaded_orders order          card_purse card               5000
        channel_fee_withheld own_cover_due fee              channel_receivable receivable 30
        own_cover_owed       fee_expense wechatpay          due_to_reserve fee            30
        channel_settled      bank_reserve bank              channel_receivable receivable 4970
        operator_covered     bank_reserve bank              own_cover_due fee             30
        own_cover_paid       due_to_reserve fee             own_bank own-bank             30
    """)


def test_a_torn_load_is_healed_at_another_operators_kiosk_across_a_cut(
    province: Province, house: House, talk: Talk
) -> None:
    """The card was credited and the phone never heard; B's kiosk asks it the day after.

    B's kiosk speaks through the same talk with the card as its room will: its door is another's.
    """
    other = House()
    topup = province.paid(talk.citizen, talk.card)
    house.call("payment", payment_id(topup))
    house.call("order", topup["id"])
    house.call("card", talk.card.state.asn)
    house.call("receivable", f"wechatpay:{today()}")
    assert talk.load(topup, tear="after").body["outcome"] == "in_doubt"
    assert talk.balance_fen() == 5_000, "the card has it, and nobody knows"
    house.sound(held=5_000, owed=5_000)
    assert house.fen("card_purse", talk.card.state.asn) == 0
    waiting = Ref(kind="unloaded_orders", owner=topup["id"])
    assert queries.available_fen(house.pool, waiting) == 0, "set aside, for either outcome"

    result = house.ends(today())
    assert result.state == "closed", "a doubt of today keeps no day open"
    first = house.lines()
    kiosk = Actor(kind="kiosk", id=str(new_id(clock.now())))
    talk.card.line("!reset")
    topup_row = topups.get(UUID(topup["id"]), person=None)
    asked = conversation.open_evidence(topup_row.card, actor=kiosk, now=clock.now())
    assert asked.inquiry_id is not None
    script = [{"apdu": step.apdu_hex, "expect": step.expect} for step in asked.script]
    answers = talk.run(script)
    for _ in range(2):
        verdict = conversation.take_evidence(
            asked.inquiry_id, answers, person=None, actor=kiosk, now=clock.now()
        )
        assert verdict.outcome == "loaded"
    house.sound(held=5_000, owed=5_000)
    assert house.fen("card_purse", talk.card.state.asn) == 5_000
    assert first == written("""
        payment_confirmed channel_receivable receivable  received payment      5000
        payment_allocated received payment               unloaded_orders order 5000
        load(held)        unloaded_orders order          card_purse card       5000
    """)
    assert house.lines() == sorted([
        *first, *written("load(settled) unloaded_orders order card_purse card 5000")
    ])  # fmt: skip
    settled = queries.transfers_of(house.pool, Ref(kind="card_purse", owner=talk.card.state.asn))
    assert [each.business_day - today() for each in settled] == [timedelta(0), timedelta(days=1)]
    assert other.lines() == [], "neither principal nor quota of B moves"


def test_paid_after_expiry_the_money_is_its_payments_own_and_goes_back(
    province: Province, house: House
) -> None:
    topup = province.order(province.citizen(), province.card())
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert province.payment(topup).state == "closed"
    house.sound(held=0, owed=0)
    province.pay(topup, late=True)
    duties.work_one("payment.look_again", payment_id(topup), clock.now() + timedelta(hours=1))
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    house.sound(held=5_000, owed=5_000)
    house.call("payment", payment_id(topup))
    house.call("refund", refund.id)
    house.call("receivable", f"wechatpay:{province.payment(topup).settlement_day}")
    province.carry_refunds(topup)
    house.sound(held=0, owed=0)
    assert house.fen("unloaded_orders", topup["id"]) == 0
    assert house.ends(today()).state == "closed"
    assert house.lines() == written("""
        payment_confirmed      channel_receivable receivable  received payment              5000
        refund_asked           received payment               refunds_in_flight refund      5000
        refund_done_by_channel refunds_in_flight refund       channel_receivable receivable 5000
    """)


@pytest.mark.parametrize("channel", ["unionpay"])
def test_paid_twice_over_two_channels_one_is_loaded_and_the_other_goes_back(
    province: Province, house: House, running: Any
) -> None:
    wallets = {"unionpay": province.wallet, "wechatpay": introduced(province, running, "wechatpay")}
    citizen = province.citizen()
    topup = ordered(province, citizen)
    pressed(scan(topup, UNIONPAY))
    choose(topup, "wechatpay")
    begun = payments(topup)
    assert {one.channel for one in begun} == set(wallets)
    for one in begun:
        wallets[one.channel].pay(one.order_no)
        duties.work_one("payment.query", one.id, clock.now())
    kept = Payment.objects.get(patron_id=topup["id"], allocated_fen=5_000)
    given = Payment.objects.get(patron_id=topup["id"], allocated_fen=0)
    [refund] = Refund.objects.filter(payment__patron_id=topup["id"])
    assert refund.payment_id == given.id
    house.call("order", topup["id"])
    for word, payment in (("kept", kept), ("given", given)):
        house.call(word, payment.id)
        house.call(f"{word}-day", f"{payment.channel}:{payment.settlement_day}")
    house.call("refund", refund.id)
    house.sound(held=10_000, owed=10_000)
    duties.work_one("refund.carry", refund.id, clock.now())
    wallets[given.channel].advance(2)
    duties.work_one("refund.carry", refund.id, clock.now() + timedelta(minutes=1))
    house.sound(held=5_000, owed=5_000)
    assert house.ends(today()).state == "closed"
    assert house.lines() == written("""
        payment_confirmed      channel_receivable kept-day   received kept                5000
        payment_allocated      received kept                 unloaded_orders order        5000
        payment_confirmed      channel_receivable given-day  received given               5000
        refund_asked           received given                refunds_in_flight refund     5000
        refund_done_by_channel refunds_in_flight refund      channel_receivable given-day 5000
    """)


def test_a_chargeback_after_the_load_is_own_moneys_and_the_cards_holder_keeps_theirs(
    province: Province, house: House, talk: Talk
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    assert talk.load(topup).body["outcome"] == "loaded"
    payment = province.payment(topup)
    day = payment.settlement_day
    assert day is not None
    house.call("payment", payment.id)
    house.call("order", topup["id"])
    house.call("card", talk.card.state.asn)
    house.call("receivable", f"wechatpay:{day}")
    letter, told_at = new_id(clock.now()), clock.now()
    for _ in range(2):
        losses.chargeback(
            house.pool, letter, payment_id=payment.id, channel="wechatpay", settlement_day=day,
            amount_fen=5_000, told_at=told_at, actor=DESK, now=clock.now(),
        )  # fmt: skip
    house.sound(held=0, owed=5_000, due=5_000)
    [case] = cases.open_of(house.pool)
    assert (case.kind, case.amount_fen, case.subject) == (
        "chargeback", 5_000, f"payment:{payment.id}")  # fmt: skip
    assert house.fen("card_purse", talk.card.state.asn) == 5_000
    assert house.ends(today()).state == "closed", "due for five working days, and told every day"
    house.knows("cover", Known.OWN_COVER, words="备付金补足",
                terms={"reason": "chargeback", "own_account_id": str(house.income.id)})  # fmt: skip
    house.bank.line(5_000, summary="备付金补足").book()
    house.sound(held=5_000, owed=5_000)
    assert house.lines() == written("""
        payment_confirmed channel_receivable receivable  received payment              5000
        payment_allocated received payment               unloaded_orders order         5000
        load(held)        unloaded_orders order          card_purse card               5000
        load(settled)     unloaded_orders order          card_purse card               5000
        loss_covered      own_cover_due chargeback       channel_receivable receivable 5000
        own_cover_owed    loss chargeback                due_to_reserve chargeback     5000
        operator_covered  bank_reserve bank              own_cover_due chargeback      5000
        own_cover_paid    due_to_reserve chargeback      own_bank own-bank             5000
    """)
