"""People who know the house well and want money out of it, and the moments they would wait for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import cards, clock, duties
from accounts.actors import SYSTEM
from accounts.models import SecurityEvent, TransitCard
from gateway.channels.port import RefundWish
from gateway.payments import asking, merchants
from gateway.payments.line import Line
from gateway.payments.models import MerchantAccount, Payment
from tests.journeys.test_plug_pulled import PAST_ANY_LEASE, killed
from tests.support.channels import TELL_OF_RETURNS, every_channel
from tests.support.province import Citizen, Province, order_no, payment_id
from tests.support.talk import Talk


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


def state_of(citizen: Citizen, topup: dict[str, Any]) -> str:
    return str(citizen.get(f"topups/{topup['id']}").body["state"])


def card_of(talk: Talk) -> TransitCard:
    return cards.by_asn(talk.card.state.asn)


@pytest.mark.parametrize("channel", TELL_OF_RETURNS)
def test_money_given_back_at_the_merchants_own_page_is_not_loaded_as_well(
    province: Province, talk: Talk
) -> None:
    """An insider pays, refunds it at the channel by hand, and waits for our query."""
    topup = province.order(talk.citizen, talk.card)
    province.pay(topup)
    wish = RefundWish(
        refund_no=f"byhand{province.pool:010d}",
        order_no=order_no(topup),
        transaction_no=province.wallet.order(order_no(topup))["transaction_no"],
        asked_at=clock.now(),
        amount_fen=5_000,
        total_fen=5_000,
    )
    line = Line(province.payment(topup).merchant)
    line.ask(
        lambda adapter, merchant, stamp: adapter.refund(
            merchant, wish, now=stamp.now, nonce=stamp.nonce
        ),
        lambda adapter, merchant, response, at: adapter.read_refund(merchant, response, now=at),
    )
    province.wallet.advance(2)
    province.ask(topup)
    payment = province.payment(topup)
    assert (payment.state, payment.paid_fen) == ("contested", 0)
    assert state_of(talk.citizen, topup) == "placed"
    assert talk.open(topup).body["code"] == "topup_not_paid"
    [event] = SecurityEvent.objects.filter(subject=str(payment.id))
    assert event.facts["fields"] == ["given_back"]
    assert province.faults() == []


@every_channel
def test_one_transaction_of_the_channel_pays_one_order(province: Province, talk: Talk) -> None:
    first = province.paid(talk.citizen, talk.card)
    second = province.order(talk.citizen, talk.card)
    province.pay(second)
    rows = Payment.objects.filter(pk=payment_id(first))
    really = province.payment(first).transaction_no
    theirs = asking._ask(Line(province.payment(second).merchant), province.payment(second))
    assert theirs.fact.transaction_no not in (None, really)
    rows.update(transaction_no=theirs.fact.transaction_no)
    province.ask(second)
    rows.update(transaction_no=really)
    payment = province.payment(second)
    assert (payment.state, payment.paid_fen) == ("contested", 0)
    [event] = SecurityEvent.objects.filter(subject=str(payment.id))
    assert event.facts["fields"] == ["transaction_no"]
    assert state_of(talk.citizen, second) == "placed"
    assert province.faults() == []


@every_channel
def test_a_payment_that_lands_after_a_crash_at_closing_is_found(
    province: Province, talk: Talk
) -> None:
    """No notice ever comes: the last look is owed with the closing, whatever dies after it."""
    topup = province.order(talk.citizen, talk.card)
    later = clock.now() + timedelta(minutes=31)
    owe = "gateway.payments.confirming.duties.owe"
    killed(lambda: province.ask(topup, now=later), owe)
    assert province.payment(topup).state == "offered"
    province.ask(topup, now=later + PAST_ANY_LEASE)
    assert province.payment(topup).state == "closed"
    province.pay(topup, late=True)
    look = later + timedelta(hours=1)
    assert duties.work_one("payment.look_again", payment_id(topup), look)
    payment = province.payment(topup)
    assert (payment.state, payment.refunding_fen) == ("confirmed", 5_000)
    assert state_of(talk.citizen, topup) == "expired"
    assert province.faults() == []


def test_nobody_pays_for_what_no_load_can_carry(province: Province) -> None:
    citizen, chip = province.citizen(), province.card()
    added = citizen.post("cards", {"card_no": chip.state.asn[1:], "named": True})
    assert added.body["named"] is False, "nobody registers a card in a name by saying so"
    TransitCard.objects.filter(pk=added.body["id"]).update(named=True)
    wish = {"card_id": added.body["id"], "channel": "wechatpay", "scene": "native"}
    refused = citizen.post("topups", wish | {"amount_fen": 100_001})
    assert (refused.status, refused.body["code"]) == (400, "amount_not_offered")
    assert citizen.post("topups", wish | {"amount_fen": 100_000}).status == 201


def test_a_stranger_neither_answers_nor_reads_anothers_question(
    province: Province, talk: Talk
) -> None:
    """Ids are no secrets; a stranger would learn a balance and burn the question."""
    topup = province.paid(talk.citizen, talk.card)
    talk.load(topup, tear="after")
    talk.card.line("!reset")
    asked = talk.citizen.post("evidence", {"card_no": talk.card.state.asn[1:]})
    answers = {"answers": talk.run(asked.body["script"])}
    where = f"evidence/{asked.body['id']}"
    for told in (answers, {"answers": ["TORN"]}):
        refused = province.citizen().post(where, told)
        assert (refused.status, refused.body["code"]) == (404, "inquiry_unknown")
    assert talk.citizen.post(where, answers).body["outcome"] == "loaded"
    refused = province.citizen().post(where, answers)
    assert refused.status == 404


def test_a_doubt_outlives_its_holder_and_ends_in_the_next_hand(
    province: Province, talk: Talk
) -> None:
    """The card is let go while its load is in doubt, and somebody else adds it."""
    topup = province.paid(talk.citizen, talk.card)
    talk.load(topup, tear="after")
    cards.let_go(talk.citizen.person, card_of(talk).id)
    other = Talk(citizen=province.citizen(), card=talk.card)
    wished = province.paid(other.citizen, other.card)
    assert other.open(wished).body["code"] == "load_unresolved"
    assert talk.citizen.post(f"topups/{topup['id']}/refund").body["code"] == (
        "refund_while_load_unresolved"
    )
    assert other.show().body["outcome"] == "loaded"
    assert state_of(talk.citizen, topup) == "loaded"
    assert other.load(wished).body["outcome"] == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 10_000
    assert province.faults() == []


def test_a_card_reported_lost_gets_no_seal_but_its_proof_still_counts(
    province: Province, talk: Talk
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    cards.report_lost(card_of(talk), actor=SYSTEM, now=clock.now())
    refused = talk.challenge(load, answers)
    assert (refused.status, refused.body["code"]) == (409, "card_not_in_use")
    assert state_of(talk.citizen, topup) == "paid"
    cards.report_found(card_of(talk), actor=SYSTEM, now=clock.now())
    credit = talk.challenge(load, answers)
    cards.report_lost(card_of(talk), actor=SYSTEM, now=clock.now())
    assert talk.prove(credit).body["outcome"] == "loaded"
    assert province.faults() == []


def test_a_load_keeps_the_profile_it_was_opened_with(province: Province, talk: Talk) -> None:
    topup = province.paid(talk.citizen, talk.card)
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    TransitCard.objects.filter(pk=card_of(talk).pk).update(profile_name="sandbox-no-pin")
    credit = talk.challenge(load, answers)
    assert credit.status == 200
    assert talk.prove(credit).body["outcome"] == "loaded"


@every_channel
def test_a_closed_merchant_still_hears_of_and_gives_back_what_was_paid(
    province: Province, talk: Talk
) -> None:
    topup = province.order(talk.citizen, talk.card)
    account = MerchantAccount.objects.get(pool=province.pool)
    MerchantAccount.objects.filter(pk=account.pk).update(open_for_payments=False)
    [push] = province.pay(topup)
    assert province.deliver(push) == 200
    duties.work(clock.now())
    assert state_of(talk.citizen, topup) == "paid"
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.carry_refunds(topup)
    assert state_of(talk.citizen, topup) == "refunded"
    assert province.faults() == []


def test_an_answer_that_is_not_the_channels_raises_an_alarm(province: Province, talk: Talk) -> None:
    topup = province.order(talk.citizen, talk.card)
    province.pay(topup)
    province.wallet.faults(answer_bad_signature={"times": 1, "on": "query"})
    account = province.payment(topup).merchant
    province.ask(topup)
    assert province.payment(topup).state == "offered"
    rows = SecurityEvent.objects.filter(subject=account.merchant_no)
    assert [row.code for row in rows] == ["channel_answer_signature_wrong"]


def test_two_who_learn_keys_at_once_forget_none(province: Province) -> None:
    one = MerchantAccount.objects.get(pool=province.pool)
    other = MerchantAccount.objects.get(pool=province.pool)
    merchants.learn_keys(one, {"KEY_ONE": "pem"})
    merchants.learn_keys(other, {"KEY_TWO": "pem"})
    kept = MerchantAccount.objects.get(pk=one.pk).platform_keys
    assert {"KEY_ONE", "KEY_TWO"} <= kept.keys()
    assert other.platform_keys == kept


def test_a_payment_confirmed_between_our_looks_is_not_called_over(
    province: Province, talk: Talk
) -> None:
    """Who asks for the money back in that instant is told to come again, not that it is gone."""
    topup = province.paid(talk.citizen, talk.card)
    with mock.patch("gateway.topup.ordering._lock_allocated_payment", return_value=None):
        refused = talk.citizen.post(f"topups/{topup['id']}/refund")
    assert (refused.status, refused.body["code"]) == (409, "topup_not_paid")
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 202


def test_a_story_costs_the_same_however_often_it_was_begun(province: Province, talk: Talk) -> None:
    topup = province.paid(talk.citizen, talk.card)
    talk.open(topup)
    asked: list[int] = []
    for minutes in (2, 4, 6):
        with CaptureQueriesContext(connection) as queries:
            told = talk.citizen.get(f"topups/{topup['id']}/story").body["story"]
        asked.append(len(queries))
        moment = clock.now() + timedelta(minutes=minutes)
        with mock.patch("accounts.clock.now", lambda moment=moment: moment):
            assert talk.open(topup).status == 201
    assert len([entry for entry in told if entry["what"] == "load"]) == 2, "both abandoned"
    assert asked[0] == asked[1] == asked[2]
