"""Stories of deposits: taken apart from the purse, given back line by line, and never spent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import clock, duties
from accounts.actors import Actor
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from gateway.card_service import departing
from gateway.deposits import coming_back, queries, returning, taking, tasks
from gateway.deposits.errors import (
    DepositDrawerEmpty,
    DepositNotTaken,
    DepositNotThere,
    DepositRouteWrong,
    DepositStands,
)
from gateway.deposits.models import Deposit
from gateway.payments.decisions.deciding import Choice
from gateway.payments.models import Refund
from reserve_funds import postings
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.rules import winding
from reserve_funds.errors import ApprovalNotUsable, NotInHandbook
from reserve_funds.handbook import EVENTS, Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Ref
from tests.gateway.card_service.desk import Desk, asked
from tests.gateway.card_service.holders import NAME, Held, known_by_name
from tests.journeys.test_deciding import decide, only
from tests.reserve_funds.custody.stories.house import House, written
from tests.support import deposits
from tests.support.province import Province, payment_id


@pytest.fixture(autouse=True)
def terms(province: Province, settings: Any, tmp_path: Any) -> None:
    deposits.takes(settings, tmp_path, province.operator.code)


def comes_in(held: Held, desk: Desk) -> UUID:
    """Asked to be redeemed, and handed in at the counter."""
    departure_id = UUID(asked(held).body["id"])
    desk.takes_in(departure_id)
    duties.work_one(tasks.HANDED_IN, departure_id, clock.now())
    return departure_id


def proposed(deposit_id: UUID, desk: Desk, way: str, box: str = "") -> Deposit:
    return returning.propose(deposit_id, way=way, box=box, maker=desk.maker, now=clock.now())


def agreed(deposit_id: UUID, desk: Desk) -> Deposit:
    return returning.approve(deposit_id, checker=desk.checker, now=clock.now())


def sql(*said: tuple[str, list[object]]) -> None:
    """Everything in one transaction, as the service role, to its commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, values in said:
            cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_deposit_is_taken_kept_apart_and_given_back_to_who_paid(
    province: Province, house: House
) -> None:
    """20.00 of deposit and 50.00 of top-up on one card; the channel gives the deposit back."""
    me, desk, day = known_by_name(province), Desk(province), clock.business_day(clock.now())
    held = Held.new(province, me, named=True, loads=0)
    order = deposits.ordered(held)
    again = me.post(f"{held.path}/deposit", {"channel": province.channel, "scene": "native"})
    assert (again.status, again.body["code"]) == (409, "deposit_stands")
    province.pay(order)
    for _ in range(2):
        province.ask(order)
    topup = held.load(5_000)
    deposit = deposits.of(province, order)
    for word, value in {
        "paid-day": f"{province.channel}:{day}", "card": held.asn, "top-up": topup["id"],
        "deposit-payment": payment_id(order), "top-up-payment": province.payment(topup).id,
    }.items():  # fmt: skip
        house.call(word, value)
    house.sound(held=7_000, owed=7_000)
    assert (held.booked_fen(), house.fen("deposits_held", held.asn)) == (5_000, 2_000)
    told = me.get(f"{held.path}/deposit").body
    assert (told["deposit"]["state"], told["amount_fen"], len(told["payments"])) == (
        "held", 2_000, 1,
    )  # fmt: skip
    assert province.citizen().get(f"{held.path}/deposit").status == 404
    for path in (f"topups/{order['id']}/refund", f"topups/{order['id']}/invoices"):
        assert me.post(path, {"kind": "personal"}).status == 404, "no top-up, and not invoiced"
    with pytest.raises(DepositNotThere):
        proposed(deposit.pk, desk, "original")

    comes_in(held, desk)
    for _ in range(2):
        assert coming_back.look(deposit.pk, clock.now()).state == "due"
    for way, box in (("cash", "drawer"), ("bank", "")):
        with pytest.raises(DepositRouteWrong):
            proposed(deposit.pk, desk, way, box)
    with pytest.raises(NotAllowed):
        returning.propose(deposit.pk, way="original", maker=desk.clerk, now=clock.now())
    proposed(deposit.pk, desk, "original")
    with pytest.raises(MakerIsChecker):
        returning.approve(deposit.pk, checker=desk.maker, now=clock.now())
    returning.refuse(deposit.pk, checker=desk.checker, now=clock.now())
    assert deposits.of(province, order).state == "due", "it waits for another proposal"
    proposed(deposit.pk, desk, "original")
    assert house.fen("deposits_held", held.asn) == 2_000, "nothing moves by a proposal"
    assert agreed(deposit.pk, desk).state == "returning"
    house.call("refund", Refund.objects.get(payment_id=payment_id(order)).id)
    with pytest.raises(DepositNotThere):
        agreed(deposit.pk, desk)
    province.carry_refunds(order)
    assert deposits.of(province, order).state == "returned"
    house.sound(held=5_000, owed=5_000)
    assert held.booked_fen() == 5_000, "the balance goes its own way"
    assert house.lines() == written("""
        payment_confirmed channel_receivable paid-day received deposit-payment  2000
        payment_allocated received deposit-payment    deposits_held card        2000
        payment_confirmed channel_receivable paid-day received top-up-payment   5000
        payment_allocated received top-up-payment     unloaded_orders top-up    5000
        load(held)        unloaded_orders top-up      card_purse card           5000
        load(settled)     unloaded_orders top-up      card_purse card           5000
        deposit_returned  deposits_held card          refunds_in_flight refund  2000
        refund_done_by_channel refunds_in_flight refund channel_receivable paid-day 2000
    """)
    assert house.ends(day).state == "closed"


def test_cash_comes_back_in_cash_and_what_a_channel_cannot_goes_by_the_bank(
    province: Province, house: House
) -> None:
    me, desk, now = known_by_name(province), Desk(province), clock.now()
    held, other = (Held.new(province, me, named=True, loads=0) for _ in range(2))
    cause, card_no = new_id(now), held.asn[1:]
    with pytest.raises(NotAllowed):
        taking.take_cash(cause=cause, card_no=card_no, clerk=me.person, now=now)
    taken = [
        taking.take_cash(cause=cause, card_no=card_no, clerk=desk.clerk, now=now) for _ in range(2)
    ]
    assert len({one.pk for one in taken}) == 1
    with pytest.raises(DepositStands):
        taking.take_cash(cause=new_id(now), card_no=card_no, clerk=desk.clerk, now=now)
    drawer = taking.drawer_of(province.pool, desk.clerk, now)
    comes_in(held, desk)
    deposit = queries.get(taken[0].pk)
    assert (deposit.state, queries.may_go_back_as_paid(deposit)) == ("due", False)
    with pytest.raises(DepositDrawerEmpty):
        proposed(deposit.pk, desk, "cash", "another-drawer")
    proposed(deposit.pk, desk, "cash", drawer)
    assert agreed(deposit.pk, desk).state == "returned"
    house.sound(held=0, owed=0)

    order = deposits.paid(other)
    comes_in(other, desk)
    proposed(UUID(order["id"]), desk, "original")
    with pytest.raises(DepositRouteWrong):
        by_bank(house, other, 2_000)
    agreed(UUID(order["id"]), desk)
    province.wallet.faults(refund_closed=1)
    province.carry_refunds(order)
    decide(only(province), Choice.BACK_TO_CLAIM, desk.maker, desk.checker)
    deposit = deposits.of(province, order)
    assert (deposit.state, house.fen("deposits_held", other.asn)) == ("due", 2_000)
    with pytest.raises(DepositRouteWrong):
        by_bank(house, other, 1_900)
    instruction = by_bank(house, other, 2_000)
    duties.work_one(tasks.BANK_SAID, instruction.id, clock.now())
    assert deposits.of(province, order).state == "returning"
    house.bank.of(instruction).book()
    duties.work_one(tasks.BANK_SAID, instruction.id, clock.now())
    assert deposits.of(province, order).state == "returned"
    house.bank.of(instruction, instruction.amount_fen, summary="退汇").book()
    duties.work_one(tasks.BANK_SAID, instruction.id, clock.now())
    assert deposits.of(province, order).state == "due", "a bank may send it back"
    assert house.fen("deposits_held", other.asn) == 2_000
    assert province.faults() == []


def by_bank(house: House, held: Held, fen: int) -> Any:
    return house.instructed(
        Purpose.DEPOSIT_RETURN, Ref(kind="deposits_held", owner=held.asn), fen,
        payee=Payee(account_no="6222021702012345678", name=NAME, bank_name="示例银行"),
    )  # fmt: skip


def test_the_law_lets_nobody_spend_it_keep_it_or_say_what_is_not(
    province: Province, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_of = {event.code for event in EVENTS if "deposits_held" in event.debits}
    assert out_of == {"deposit_returned"}, "not loaded, not ridden away, not anybody's income"
    me, desk, now = known_by_name(province), Desk(province), clock.now()
    held, new = (Held.new(province, me, named=True, loads=0) for _ in range(2))
    order = deposits.paid(held)
    deposit, source = deposits.of(province, order), Ref(kind="deposits_held", owner=held.asn)
    for code, credit in (
        ("load", postings.card_purse(held.asn)),
        ("refund_asked", postings.refund_in_flight(deposit.pk)),
        ("deposit_returned", postings.account("own_income_in_reserve", "deposit")),
    ):  # fmt: skip
        with pytest.raises(NotInHandbook):
            postings.of(code, province.pool, new_id(now), debit=source, credit=credit,
                        amount_fen=2_000, event_at=now)  # fmt: skip
    alone = postings.of(
        "deposit_returned", province.pool, new_id(now), debit=source,
        credit=postings.account("cash_in_transit", "drawer"), amount_fen=2_000, event_at=now,
    )  # fmt: skip
    with pytest.raises(ApprovalNotUsable), transaction.atomic():
        book.post([alone])
    one = "UPDATE deposits_deposit SET {} WHERE id = %s"
    due = one.format("state = 'due', why = 'given_up', due_at = now()")
    for statements, against in (
        ([one.format("amount_fen = 1")], "written once"),
        (["DELETE FROM deposits_deposit WHERE id = %s"], "permission denied"),
        ([one.format("state = 'returned'")], "may not move"),
        ([due, one.format("state = 'returning'")], "the book holds 2000 fen"),
    ):
        with pytest.raises(DatabaseError, match=against):
            sql(*[(statement, [deposit.pk]) for statement in statements])
    invented = (
        "INSERT INTO deposits_deposit (id, pool, card_id, asn, amount_fen, paid_by, box, state,"
        " placed_at, why, round_no, way) VALUES (%s, %s, %s, %s, 2000, 'cash', 'drawer', 'placed',"
        " now(), '', 0, '')"
    )
    number = new_id(now)
    with pytest.raises(DatabaseError, match="the book holds 0 fen"):
        sql(
            (invented, [number, province.pool, new.row.pk, new.asn]),
            (one.format("state = 'held', held_at = now()"), [number]),
        )

    late = deposits.ordered(new)
    province.pay(late)
    with monkeypatch.context() as winding_down:
        winding_down.setattr(winding, "is_winding_down", lambda *_: True)
        province.ask(late)
    assert deposits.of(province, late).state == "expired", "a pool wound down takes none (R23)"
    province.carry_refunds(late)
    assert province.balance_fen("deposits_held", new.asn) == 0

    departure = departing.replace(
        cause=new_id(now), person=me.person, card=held.row, new_card=new.row, why="unreadable",
        actor=Actor(kind="citizen", id=str(me.person.pk)), now=now,
    )  # fmt: skip
    deposits.takes(settings, tmp_path, province.operator.code, more='back_for = ["given_up"]')
    desk.takes_in(departure.pk)
    tasks.follow()
    assert deposits.of(province, order).state == "held", "the terms keep it held, and nobody's"
    assert province.balance_fen("deposits_held", held.asn) == 2_000
    deposits.takes(settings, tmp_path, province.operator.code, fen=0)
    with pytest.raises(DepositNotTaken):
        taking.take_cash(cause=new_id(now), card_no=new.asn[1:], clerk=desk.clerk, now=now)
    tasks.follow()
    assert deposits.of(province, order).state == "due"
    assert province.faults() == []
