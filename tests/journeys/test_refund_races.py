"""Two refunds of sixty in a hundred, at once, many times: never more than was paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connections, transaction

from accounts import clock
from accounts.actors import WORKER
from accounts.identifiers import new_id
from gateway.channels.port import PaymentFact, PaymentState
from gateway.payments import confirming, refunding
from gateway.payments.errors import NothingToRefund
from gateway.payments.models import Payment, Refund
from gateway.topup import ordering
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.errors import Overdrawn
from tests.support import campaign
from tests.support.province import Province, payment_id

ROUNDS = campaign.size(25, 1_000)
PAID, WANTED = 50, 30  # so small that all rounds fit onto one card


def ask(of: UUID, topup_id: str) -> str:
    """One refund of sixty percent, as a room that takes money asks for it."""
    try:
        with transaction.atomic():
            payment = Payment.objects.select_for_update().get(pk=of)
            refunding.ask(
                payment,
                cause=new_id(clock.now()),
                amount_fen=WANTED,
                source=postings.unloaded_order(UUID(topup_id)),
                because="raced",
                actor=WORKER,
                now=clock.now(),
            )
    except (NothingToRefund, Overdrawn) as refused:
        return refused.code
    return "asked"


def ask_without_lock(of: UUID, topup_id: str) -> str:
    """The same by somebody who forgot the row's lock: the conditions themselves must hold."""
    try:
        with transaction.atomic():
            refunding.ask(
                Payment.objects.get(pk=of),
                cause=new_id(clock.now()),
                amount_fen=WANTED,
                source=postings.unloaded_order(UUID(topup_id)),
                because="raced without a lock",
                actor=WORKER,
                now=clock.now(),
            )
    except (NothingToRefund, Overdrawn) as refused:
        return refused.code
    return "asked"


@pytest.mark.parametrize("how", [ask, ask_without_lock])
def test_twice_sixty_percent_is_never_more_than_was_paid(province: Province, how: Any) -> None:
    """Each round races over a payment of its own; two threads keep their connections throughout."""
    first = TopUp.objects.get(pk=province.paid(province.citizen(), province.card(), PAID)["id"])
    line, held = Barrier(2), []

    def race(of: Payment) -> str:
        held.append(connections["default"])
        line.wait(timeout=30)
        outcome: str = how(of.id, str(of.patron_id))
        return outcome

    with ThreadPoolExecutor(2) as pair:
        for _ in range(ROUNDS):
            of = another_paid(first)
            outcomes = list(pair.map(race, [of, of]))
            assert sorted(outcomes) == ["asked", "nothing_to_refund"]
            payment = Payment.objects.get(pk=of.id)
            assert payment.refunding_fen == WANTED
            [refund] = Refund.objects.filter(payment_id=of.id)
            assert province.balance_fen("refunds_in_flight", refund.id) == WANTED
            assert province.balance_fen("unloaded_orders", of.patron_id) == PAID - WANTED
        list(pair.map(lambda _: (line.wait(timeout=30), connections.close_all()), range(2)))
    assert len({id(one) for one in held}) == 2, "each of the two had a connection of its own"
    assert province.faults() == []


def another_paid(like: TopUp) -> Payment:
    """One more top-up of the same card, confirmed by what the channel's bill says of it.

    What is raced for is booked money; how its order was opened at the channel is told elsewhere.
    """
    now = clock.now()
    _, payment = ordering.place(
        cause=new_id(now),
        person=like.person,
        card=like.card,
        amount_fen=PAID,
        channel="wechatpay",
        scene="native",
        now=now,
    )
    fact = PaymentFact(
        order_no=payment.order_no,
        state=PaymentState.PAID,
        raw_state="SUCCESS",
        merchant_no=payment.merchant.merchant_no,
        app_no=payment.merchant.app_no,
        transaction_no=payment.order_no,
        amount_fen=PAID,
        payer_fen=PAID,
        currency="CNY",
        paid_at=now,
    )
    confirmed = confirming.confirm(payment.id, fact, body=b"{}", source="bill", now=now)
    assert (confirmed.state, confirmed.allocated_fen) == ("confirmed", PAID)
    return confirmed


def test_the_database_itself_refuses_to_give_back_more_than_was_paid(province: Province) -> None:
    topup = province.paid(province.citizen(), province.card(), PAID)
    for wrong in (PAID + 1, -1):
        with pytest.raises(IntegrityError, match="never_give_more"), transaction.atomic():
            Payment.objects.filter(pk=payment_id(topup)).update(refunding_fen=wrong)
