"""kill -9 at every arrow of the journey: whoever asks again finds what happened, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import connections

from accounts import clock, duties
from gateway.idempotency.models import StoredAnswer
from gateway.payments.models import Payment, Refund
from gateway.sandbox.neighbourhood import neighbour
from tests.support.channels import CHANNELS, REFUNDS_AT_ONCE, every_channel
from tests.support.province import Answer, Province, payment_id
from tests.support.talk import Talk

PAST_ANY_LEASE = timedelta(minutes=3)
BEFORE_ANSWER = "gateway.idempotency.services.store"


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(act: Callable[[], Any], at: str) -> None:
    """Runs the act in a process that dies by SIGKILL when it is about to call ``at``."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        with mock.patch(at, die):
            act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{at} was never reached"
    StoredAnswer.objects.filter(status__isnull=True).update(running_until=clock.now())


def again(act: Callable[[], Answer], at: str | None, here: str) -> Answer:
    """The act with its key; first killed when this arrow is the one, then asked again."""
    if at is not None and at.startswith(f"{here}: "):
        killed(act, at.removeprefix(f"{here}: "))
    return act()


ARROWS = [
    "place: gateway.payments.paying.offer",
    "place: gateway.payments.paying._keep_offer",
    f"place: {BEFORE_ANSWER}",
    "notice: gateway.payments.notices.inbox.duties.owe",
    "query: gateway.payments.confirming.confirm",
    "query: gateway.payments.confirming.book.post",
    "query: accounts.duty_rows.done",
    "open: nfc_topup.loading.open_load",
    f"open: {BEFORE_ANSWER}",
    "seal: nfc_topup.loading.commit_seal",
    "seal: gateway.topup.conversation.book.hold",
    f"seal: {BEFORE_ANSWER}",
    "proof: nfc_topup.loading.commit_proof",
    "proof: gateway.topup.conversation.book.settle",
    f"proof: {BEFORE_ANSWER}",
]


@pytest.mark.parametrize(
    ("channel", "arrow"),
    [
        (channel, arrow)
        for channel in CHANNELS
        for arrow in ARROWS
        if channel == CHANNELS[0] or arrow.startswith(("place", "notice", "query"))
    ],
)
def test_a_load_survives_the_plug(province: Province, arrow: str) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    card_id = citizen.post("cards", {"card_no": talk.card.state.asn[1:]}).body["id"]
    scene = neighbour(province.channel).scenes[0]
    wish = {"card_id": card_id, "amount_fen": 5_000, "channel": province.channel, "scene": scene}
    key = uuid4().hex
    topup = again(lambda: citizen.post("topups", wish, key=f"{key}-place"), arrow, "place").body
    assert Payment.objects.filter(patron_id=topup["id"]).count() == 1

    [push] = province.pay(topup)
    if arrow.startswith("notice: "):
        killed(lambda: province.deliver(push), arrow.removeprefix("notice: "))
    assert province.deliver(push) in (200, 204)
    if arrow.startswith("query: "):
        killed(lambda: province.ask(topup), arrow.removeprefix("query: "))
    duties.work(clock.now() + PAST_ANY_LEASE)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"

    where = f"topups/{topup['id']}/loads"
    load = again(lambda: citizen.post(where, key=f"{key}-open"), arrow, "open").body
    told = {"answers": talk.run(load["script"])}
    where = f"loads/{load['id']}/challenge"
    credit = again(lambda: citizen.post(where, told, key=f"{key}-seal"), arrow, "seal").body
    tac = {"answers": talk.run(credit["script"])}
    where = f"loads/{load['id']}/proof"
    verdict = again(lambda: citizen.post(where, tac, key=f"{key}-proof"), arrow, "proof").body

    assert verdict["outcome"] == "loaded"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "loaded"
    story = citizen.get(f"topups/{topup['id']}/story").body
    assert [row["act"] for row in story["transfers"]] == ["POST", "POST", "HOLD", "SETTLE"]
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


@every_channel
@pytest.mark.parametrize(
    "arrow",
    [
        "ask: gateway.payments.refunding.book.post",
        f"ask: {BEFORE_ANSWER}",
        "carry: gateway.payments.refunding._take_word",
        "settle: gateway.payments.refunding._finish",
    ],
)
def test_a_refund_survives_the_plug(province: Province, arrow: str) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    where, key = f"topups/{topup['id']}/refund", uuid4().hex
    asked = again(lambda: citizen.post(where, key=key), arrow, "ask")
    assert asked.status == 202
    refund = Refund.objects.get(payment_id=payment_id(topup))

    if province.channel in REFUNDS_AT_ONCE and arrow.startswith("settle: "):
        province.wallet.faults(**{REFUNDS_AT_ONCE[province.channel]: 1})
    calls = count(1)

    def carry() -> None:
        moment = clock.now() + PAST_ANY_LEASE * next(calls)
        duties.work_one("refund.carry", refund.id, moment)

    if arrow.startswith("carry: "):
        killed(carry, arrow.removeprefix("carry: "))
        next(calls)
    carry()
    province.wallet.advance(2)
    if arrow.startswith("settle: "):
        killed(carry, arrow.removeprefix("settle: "))
        next(calls)
    carry()
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "refunded"
    sent = [
        one
        for one in province.wallet.book()["refunds"]
        if one["order_no"] == topup["payments"][0]["order_no"]
    ]
    assert [one["amount_fen"] for one in sent] == [5_000]
    assert province.faults() == []
