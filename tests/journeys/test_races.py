"""Many at once: whatever the interleaving, one payment, one load, one set of transfers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations, product
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from accounts import clock, duties
from gateway.payments import asking
from gateway.payments.models import Notice, Refund
from tests.support import campaign
from tests.support.channels import CHANNELS
from tests.support.province import Province, order_no, payment_id
from tests.support.talk import Talk

TWINS = 32
SEQUENCES = [
    sequence
    for length in range(1, campaign.size(4, 6))
    for sequence in sorted({*product("nqw", repeat=length)})
    if "q" in sequence or "n" in sequence
]


@pytest.mark.parametrize(
    ("channel", "round_"),
    [(name, number) for name in CHANNELS for number in range(campaign.size(1, 200))],
)
def test_thirty_two_twins_of_one_notice_book_one_payment(province: Province, round_: int) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    [push] = province.pay(topup)
    answers = together(TWINS, lambda: province.deliver(push))
    assert set(answers) <= {200, 204}
    notices = Notice.objects.filter(order_no=order_no(topup))
    assert [notice.deliveries for notice in notices] == [TWINS]
    together(4, lambda: duties.work(clock.now(), kinds=["notice.apply", "payment.query"]))
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert codes(citizen, topup) == ["payment_confirmed", "payment_allocated"]
    assert province.faults() == []


def test_parallel_confirms_book_once(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    together(8, lambda: asking.query(payment_id(topup), now=clock.now()))
    assert codes(citizen, topup) == ["payment_confirmed", "payment_allocated"]
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.faults() == []


def test_parallel_challenges_and_proofs_load_once(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    seals = together(8, lambda: talk.challenge(load, answers))
    assert {seal.status for seal in seals} == {200}
    assert len({seal.body["script"][0]["apdu"] for seal in seals}) == 1, "one MAC2, one time"
    told = talk.run(seals[0].body["script"])
    verdicts = together(8, lambda: talk.prove(seals[0], told))
    assert {verdict.body["outcome"] for verdict in verdicts} == {"loaded"}
    assert codes(citizen, topup)[-2:] == ["load", "load"]
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


@pytest.mark.parametrize("round_", range(campaign.size(5, 100)))
def test_refund_against_seal_lets_one_win(province: Province, round_: int) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    sealed, refund = together_each(
        lambda: talk.challenge(load, answers),
        lambda: citizen.post(f"topups/{topup['id']}/refund"),
    )
    assert sorted((sealed.status < 300, refund.status < 300)) == [False, True]
    assert 409 in (sealed.status, refund.status)
    assert province.faults() == []


def test_refunds_of_one_payment_never_exceed_it(province: Province) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    answers = together(8, lambda: citizen.post(f"topups/{topup['id']}/refund"))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert Refund.objects.filter(payment_id=payment_id(topup)).count() == 1
    assert province.payment(topup).refunding_fen == 5_000
    assert province.faults() == []


def test_twenty_twins_of_one_order_are_one_order(province: Province) -> None:
    citizen = province.citizen()
    card = province.card()
    card_id = citizen.post("cards", {"card_no": card.state.asn[1:]}).body["id"]
    wish = {"card_id": card_id, "amount_fen": 700, "channel": "wechatpay", "scene": "native"}
    answers = together(8, lambda: citizen.post("topups", wish, key="the-same"))
    answers.append(citizen.post("topups", wish, key="the-same"))
    placed = [answer for answer in answers if answer.status == 201]
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.raw for answer in placed}) == 1, "byte for byte"
    assert len(citizen.get("topups").body["results"]) == 1
    other = citizen.post("topups", wish | {"amount_fen": 800}, key="the-same")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("sequence", SEQUENCES, ids="".join)
def test_channel_events_in_any_order_end_in_the_same_book(
    province: Province, sequence: tuple[str, ...]
) -> None:
    """n: the notice comes; q: the sweep asks; w: workers do what is owed."""
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    [push] = province.pay(topup)
    events: dict[str, Callable[[], Any]] = {
        "n": lambda: province.deliver(push),
        "q": lambda: province.ask(topup),
        "w": lambda: duties.work(clock.now()),
    }
    for event in sequence:
        events[event]()
    duties.work(clock.now())
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert codes(citizen, topup) == ["payment_confirmed", "payment_allocated"]
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000


@pytest.mark.parametrize("order", list(permutations("pcs")), ids="".join)
def test_late_payment_closing_and_notices_in_any_order(
    province: Province, order: tuple[str, ...]
) -> None:
    """p: the payer pays; c: the order's time is over, the sweep asks; s: the sweep asks again."""
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    for event in order:
        if event == "p":
            for push in province.pay(topup, late=True):
                province.deliver(push)
            duties.work(clock.now())
        else:
            province.ask(topup, now=clock.now() + timedelta(minutes=31))
    duties.work(clock.now())
    state = citizen.get(f"topups/{topup['id']}").body["state"]
    payment = province.payment(topup)
    assert payment.state == "confirmed"
    assert (state, payment.refunding_fen) in {("paid", 0), ("expired", 5_000)}
    assert province.faults() == []


def codes(citizen: Any, topup: dict[str, Any]) -> list[str]:
    told = citizen.get(f"topups/{topup['id']}/story").body
    return [row["code"] for row in told["transfers"]]


def together(times: int, act: Callable[[], Any]) -> list[Any]:
    """Runs the same act in so many threads, all at once, each with a connection of its own."""
    return together_each(*([act] * times))


def together_each(*acts: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
