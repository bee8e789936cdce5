"""赎回: lot by lot to who paid, the rest to the same name or in cash, and never twice."""

from __future__ import annotations

from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from accounts import approvals, clock, duties
from accounts.actors import Actor
from accounts.errors import DomainError, MakerIsChecker, NotAllowed
from gateway.card_service import departing, following, listing, moving, planning, queries, redeeming
from gateway.card_service.errors import (
    CashTooMuch,
    DepartureNotThere,
    PayeeNotSameName,
    RedemptionNotAllowed,
    RedemptionTooEarly,
    RouteNeeded,
)
from gateway.card_service.models import Departure, Part
from gateway.card_service.planning import Rest
from gateway.payments import refunding
from gateway.payments.models import Payment, Refund
from nfc_topup.errors import CardNotInUse
from reserve_funds import postings
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.models import OutflowRequest
from reserve_funds.custody.rules import book as rules
from tests.gateway.card_service.desk import BOX, PAYEE, Desk, asked, cash_load, payable, sent
from tests.gateway.card_service.holders import NAME, WAIT, Held, known_by_name, replaced, ride
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.support.province import Province, payment_id


def test_the_money_goes_back_lot_by_lot_to_who_paid(province: Province) -> None:
    me, desk = known_by_name(province), Desk(province)
    held = Held.new(province, me, named=True, loads=0)
    first, second = held.load(5_000), held.load(3_000)
    ride(held, 1_000, clock.now())
    departure_id = payable(held, desk)
    assert (held.row.state, held.booked_fen()) == ("closed", 0)
    assert listing.is_listed(held.asn, clock.now())
    assert province.balance_fen("redemption_payable", departure_id) == 7_000
    with pytest.raises(NotAllowed):
        redeeming.propose(departure_id, rest=Rest(), maker=desk.clerk, now=clock.now())
    with pytest.raises(DepartureNotThere):
        desk.agrees(departure_id)
    desk.proposes(departure_id)
    with pytest.raises(MakerIsChecker):
        desk.agrees(departure_id, desk.maker)
    with pytest.raises(DepartureNotThere):
        desk.proposes(departure_id)
    assert Refund.objects.filter(payment_id=payment_id(first)).count() == 0, "nothing moved"
    assert province.balance_fen("redemption_payable", departure_id) == 7_000

    assert desk.agrees(departure_id).state == "paying"
    parts = {part.payment_id: part.amount_fen for part in Part.objects.filter(
        departure_id=departure_id)}  # fmt: skip
    assert parts == {payment_id(second): 3_000, payment_id(first): 4_000}, "the oldest was ridden"
    province.carry_refunds(first)
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "paying"
    province.carry_refunds(second)
    following.look(departure_id, clock.now())
    assert me.get(f"departures/{departure_id}").body["state"] == "settled"
    assert province.balance_fen("redemption_payable", departure_id) == 0
    assert Payment.objects.get(pk=payment_id(first)).refunding_fen == 4_000
    assert me.get(f"topups/{first['id']}").body["state"] == "loaded", "the top-up stays what it was"
    assert province.faults() == []


def test_a_replaced_card_s_balance_still_knows_its_payers(province: Province) -> None:
    me, desk = province.citizen(), Desk(province)
    old = Held.new(province, me, named=False, loads=0)
    paid = old.load(5_000)
    new = Held.new(province, me, named=False, loads=0)
    moved_id = UUID(replaced(old, new, "unreadable").body["id"])
    desk.takes_in(moved_id)
    moving.move(moved_id, clock.now() + WAIT)
    [claim] = queries.departure(moved_id, person=None).parts.all()
    new.chip.line("!reset")
    assert new.talk.load({"id": str(claim.goes_as)}).body["outcome"] == "loaded"
    departure_id = payable(new, desk)
    desk.proposes(departure_id)
    desk.agrees(departure_id)
    [part] = Part.objects.filter(departure_id=departure_id)
    assert (part.way, part.payment_id, part.amount_fen) == ("original", payment_id(paid), 5_000)
    province.carry_refunds(paid)
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "settled"
    assert province.faults() == []


def test_what_no_channel_paid_goes_to_the_same_name_or_in_small_cash(
    province: Province, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    me, desk = known_by_name(province), Desk(province)
    account = an_account(province.pool, form="camt053")
    held = Held.new(province, me, named=True, loads=0)
    cash_load(held, 12_000)
    wrong = asked(held, PAYEE | {"name": "欧阳小雪花"})
    assert (wrong.status, wrong.body["code"]) == (400, "card_payee_not_same_name")
    assert asked(held, PAYEE | {"account_no": "1"}).body["code"] == "fields_not_valid"
    assert held.row.state == "in_use"
    departure_id = payable(held, desk, PAYEE)
    for rest, refusal in (({}, RouteNeeded), ({"box": BOX}, CashTooMuch)):
        with pytest.raises(refusal):
            desk.proposes(departure_id, **rest)
    assert Part.objects.filter(departure_id=departure_id).count() == 0

    desk.proposes(departure_id, account=account)
    refused = redeeming.refuse(
        departure_id, checker=desk.checker, because="the ID was not shown", now=clock.now()
    )
    assert (refused.state, OutflowRequest.objects.get(pk=refused.request_id).state) == (
        "moved", "refused",
    )  # fmt: skip
    desk.proposes(departure_id, account=account)
    assert desk.agrees(departure_id).state == "paying"
    payment = rejected(departure_id)
    assert province.balance_fen("redemption_payable", departure_id) == 12_000
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "moved", "the bank would not"
    assert payment.payee_name == NAME

    desk.proposes(departure_id, account=account)
    desk.agrees(departure_id)
    again = sent(departure_id)
    bank = Bank(account=account, day=clock.business_day(clock.now()), balance_fen=0)
    bank.of(again).book()
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "settled"
    bank.of(again, again.amount_fen, summary="退汇").book()
    duties.work_one("card_service.returned", again.id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "moved", "a bank may send it back"
    assert province.balance_fen("redemption_payable", departure_id) == 12_000

    small = Held.new(province, me, named=True, loads=0)
    cash_load(small, 10_000)
    small_id = payable(small, desk)
    before = province.balance_fen("cash_in_transit", BOX)
    desk.proposes(small_id, box=BOX)
    assert desk.agrees(small_id).state == "settled", "paid over the counter"
    assert province.balance_fen("cash_in_transit", BOX) == before - 10_000
    assert province.faults() == []


def test_of_two_who_reach_for_one_payment_the_payer_gets_no_fen_too_much(
    province: Province,
) -> None:
    """I5: redemption and refund draw on the same room, whoever comes first."""
    me, desk = province.citizen(), Desk(province)
    held = Held.new(province, me, named=False, loads=0)
    topup = held.load(5_000)
    departure_id = payable(held, desk)
    desk.proposes(departure_id)
    outcomes: list[str] = []

    def agree() -> None:
        outcomes.append(told(lambda: desk.agrees(departure_id).state))
        connections.close_all()

    @transaction.atomic
    def set_aside() -> str:
        payment = Payment.objects.get(pk=payment_id(topup))
        return refunding.set_aside(
            payment, cause=departure_id, amount_fen=1_000,
            source=postings.received(payment.id), because="a race",
            actor=Actor(kind="worker", id="test"), now=clock.now(),
        )[0].state  # fmt: skip

    def refund() -> None:
        outcomes.append(told(set_aside))
        connections.close_all()

    threads = [Thread(target=one) for one in (agree, agree, refund)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    payment = Payment.objects.get(pk=payment_id(topup))
    if "paying" in outcomes:
        assert sorted(outcomes) == ["card_departure_not_there", "nothing_to_refund", "paying"]
        assert payment.refunding_fen == 5_000
    else:
        assert sorted(outcomes) == ["asked", "nothing_to_refund", "nothing_to_refund"]
        assert payment.refunding_fen == 1_000
        assert province.balance_fen("redemption_payable", departure_id) == 5_000, "nothing moved"
        approval_id = Departure.objects.get(pk=departure_id).approval_id
        assert approval_id is not None
        assert approvals.get(approval_id).state == "asked"
    assert province.faults() == []


def test_two_askers_a_closed_card_and_rules_that_refuse(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, desk = province.citizen(), Desk(province)
    held = Held.new(province, me, named=False)
    waiting = province.paid(me, held.chip)
    monkeypatch.setattr(queries, "profile_of", lambda pool, now: rules.by_name("PBOC"))
    assert asked(held).body["code"] == RedemptionNotAllowed.code
    known = known_by_name(province)
    named = Held.new(province, known, named=True, loads=0)
    assert asked(named).body["code"] == RedemptionTooEarly.code
    assert planning.cash_most_fen(province.pool, clock.now()) == 10_000
    monkeypatch.undo()

    answers: list[Any] = []

    def ask() -> None:
        answers.append(asked(held))
        connections.close_all()

    both = [Thread(target=ask), Thread(target=ask)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answer.status for answer in answers) == [201, 409]
    [made] = [answer.body for answer in answers if answer.status == 201]
    held.chip.line("!reset")
    opened = held.talk.open(waiting)
    commands = held.talk.run(opened.body["script"])
    desk.takes_in(UUID(made["id"]))
    assert desk.takes_in(UUID(made["id"])).state == "waiting", "taken in once"
    refused = held.talk.challenge(opened, commands)
    assert (refused.status, refused.body["code"]) == (409, CardNotInUse.code)
    assert held.booked_fen() == 5_000
    assert me.post(f"topups/{waiting['id']}/refund").status in (200, 202), "paid and unloaded"
    with pytest.raises(PayeeNotSameName):
        departing.refuse_other_name(
            me.person, departing.SameName(account_no="62220217", name="张三")
        )
    assert province.faults() == []


def rejected(departure_id: UUID) -> Any:
    """The bank proves that it will not pay."""
    instruction = sent(departure_id)
    answer = instructions.Answer(state=instructions.Said.REJECTED, bank_no="R1", reason="no such")
    return instructions.answered(instruction.id, answer, now=clock.now())


def told(act: Any) -> str:
    try:
        return str(act())
    except DomainError as refused:
        return refused.code
