"""Nobody waits for the outside inside a transaction, and locks are taken in one order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from accounts import clock, duties
from gateway.channels import transport
from gateway.payments import asking
from gateway.payments.models import Refund
from nfc_topup import keyring
from tests.journeys.test_races import together_each
from tests.support import campaign
from tests.support.channels import every_channel
from tests.support.province import Answer, Province, order_no, payment_id
from tests.support.talk import Talk

NEW_KEYS = {"wechatpay": "certificate", "bank_rfc9421": "ed25519"}
"""A style of key for each channel whose new keys are learned by asking for them."""


def outside(act: Callable[..., Any], told: list[str]) -> Callable[..., Any]:
    """The act, that fails when a transaction is open around it."""

    def guarded(*args: Any, **kwargs: Any) -> Any:
        told.append(act.__qualname__)
        assert not connection.in_atomic_block, f"{act.__qualname__} inside a transaction"
        return act(*args, **kwargs)

    return guarded


@every_channel
def test_no_transaction_is_open_while_the_channel_or_the_vault_is_asked(
    province: Province,
) -> None:
    """A whole life: a new key, a late answer, a doubt, a refund, a closing, a second load."""
    told: list[str] = []
    send, vault = outside(transport.send, told), outside(keyring.vault, told)
    secret = outside(keyring.secrets.read_key, told)
    with (
        mock.patch.object(transport, "send", send),
        mock.patch.object(keyring, "vault", vault),
        mock.patch.object(keyring.secrets, "read_key", secret),
    ):
        citizen = province.citizen()
        talk = Talk(citizen=citizen, card=province.card())
        if province.channel in NEW_KEYS:
            province.wallet.rotate_keys(NEW_KEYS[province.channel])
        topup = province.order(citizen, talk.card)
        for push in province.pay(topup):
            province.deliver(push)
        duties.work(clock.now())
        province.ask(topup)
        assert talk.load(topup, tear="before").body["outcome"] == "in_doubt"
        assert talk.show().body["outcome"] == "not_loaded"
        assert talk.load(topup, tear="after").body["outcome"] == "in_doubt"
        assert talk.show().body["outcome"] == "loaded"
        back = province.paid(citizen, talk.card)
        assert citizen.post(f"topups/{back['id']}/refund").status == 202
        province.carry_refunds(back)
        late = province.order(citizen, talk.card)
        province.ask(late, now=clock.now() + timedelta(minutes=31))
        assert province.payment(late).state == "closed"
    assert len(told) > 15
    assert province.faults() == []


@pytest.mark.parametrize("round_", range(campaign.size(6, 200)))
def test_everything_at_once_ends_without_a_deadlock_and_in_one_truth(
    province: Province, round_: int
) -> None:
    """Confirm, notices, refund, seal, proof, evidence and sweeps of one card's two orders."""
    dice = random.Random(round_)
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    first, second = (province.paid(citizen, talk.card) for _ in range(2))
    third = province.order(citizen, talk.card)
    [push] = province.pay(third)
    load = talk.open(first)
    credit_of = talk.run(load.body["script"])
    answers: list[Answer] = []

    def kept(answer: Answer) -> None:
        answers.append(answer)

    def seal_and_prove() -> None:
        credit = talk.challenge(load, credit_of)
        kept(credit)
        if credit.status == 200:
            kept(talk.prove(credit, ["TORN"] if dice.random() < 0.5 else None))

    def evidence() -> None:
        asked = citizen.post("evidence", {"card_no": talk.card.state.asn[1:]})
        if asked.status == 201:
            kept(citizen.post(f"evidence/{asked.body['id']}", {"answers": ["TORN"]}))

    def sweep() -> None:
        duties.work(clock.now(), kinds=["notice.apply", "payment.query", "refund.carry"])

    acts: list[Callable[[], Any]] = [
        seal_and_prove,
        lambda: kept(citizen.post(f"topups/{first['id']}/refund")),
        lambda: kept(citizen.post(f"topups/{second['id']}/refund")),
        lambda: kept(talk.open(second)),
        lambda: asking.query(payment_id(third), now=clock.now()),
        lambda: province.deliver(push),
        evidence,
        sweep,
        sweep,
    ]
    dice.shuffle(acts)
    together_each(*acts)
    assert {answer.status for answer in answers} <= {200, 201, 202, 404, 409}, [
        answer.body for answer in answers if answer.status >= 500
    ]
    duties.work(clock.now())
    for refund in Refund.objects.filter(payment_id__in=[payment_id(first), payment_id(second)]):
        duties.work_one("refund.carry", refund.id, clock.now())
        province.wallet.advance(2)
        duties.work_one("refund.carry", refund.id, clock.now() + timedelta(seconds=20))
    if citizen.get(f"topups/{first['id']}").body["state"] in ("loading", "in_doubt"):
        talk.show()
    states = [citizen.get(f"topups/{one['id']}").body["state"] for one in (first, second, third)]
    assert states[0] in ("loaded", "paid", "refunded")
    assert states[1:] == ["refunded", "paid"]
    loaded_fen = 5_000 if states[0] == "loaded" else 0
    assert talk.balance_fen() == loaded_fen
    assert province.balance_fen("card_purse", talk.card.state.asn) == loaded_fen
    sent = {one["order_no"] for one in province.wallet.book()["refunds"]}
    assert (order_no(first) in sent) == (states[0] == "refunded")
    assert province.faults() == []
