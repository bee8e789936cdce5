"""Two refunds of sixty in a hundred, at once, many times: never more than was paid."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from accounts import clock
from accounts.actors import WORKER
from accounts.identifiers import new_id
from gateway.payments import refunding
from gateway.payments.errors import NothingToRefund
from gateway.payments.models import Payment, Refund
from reserve_funds import postings
from reserve_funds.errors import Overdrawn
from tests.journeys.test_races import together_each
from tests.support import campaign
from tests.support.province import Province, payment_id

ROUNDS = campaign.size(25, 1_000)
PAID, WANTED = 5_000, 3_000


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
    citizen = province.citizen()
    card = province.card()
    for _ in range(ROUNDS):
        topup = province.paid(citizen, card, PAID)
        of = payment_id(topup)
        outcomes = together_each(*[lambda of=of, id_=topup["id"]: how(of, id_)] * 2)
        assert sorted(outcomes) == ["asked", "nothing_to_refund"]
        payment = Payment.objects.get(pk=of)
        assert payment.refunding_fen == WANTED
        [refund] = Refund.objects.filter(payment_id=of)
        assert province.balance_fen("refunds_in_flight", refund.id) == WANTED
        assert province.balance_fen("unloaded_orders", topup["id"]) == PAID - WANTED
    assert province.faults() == []


def test_the_database_itself_refuses_to_give_back_more_than_was_paid(province: Province) -> None:
    topup = province.paid(province.citizen(), province.card(), PAID)
    for wrong in (PAID + 1, -1):
        with pytest.raises(IntegrityError, match="never_give_more"), transaction.atomic():
            Payment.objects.filter(pk=payment_id(topup)).update(refunding_fen=wrong)
