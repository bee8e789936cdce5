"""The whole way of a payout: told, paid, shown by a statement over SFTP, booked; or come back."""

from __future__ import annotations

import pytest

from accounts import clock
from gateway.bank_line import collecting, paying
from reserve_funds.custody.bank import booking, instructions
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.ledger import queries

EVERY_FORM = pytest.mark.parametrize("form", ["bank-csv", "bank-fixed", "camt053", "mt940"])


@pytest.fixture
def box(scene, sshd, form):
    scene.form = form
    return scene.with_folder(sshd)


def carried(box):
    """A payout that the bank has taken and settled."""
    instruction = box.instruction()
    paying.carry(instruction.pk, now=clock.now())
    box.bank.advance(2)
    paying.carry(instruction.pk, now=clock.now())
    return instruction


def booked(box):
    """What the statement of the bank's own day is understood to be."""
    day = box.bank.health()["now"][:10]
    box.bank.act("statement", account_no=box.account.account_no, day=day)
    haul = collecting.collect(box.mailbox.pk, now=clock.now())
    assert len(haul.taken) == 1
    return booking.book(box.account, now=clock.now()).kinds


@EVERY_FORM
def test_a_statement_in_any_form_ends_the_payout_it_shows(box):
    instruction = carried(box)
    assert queries.balance_fen(box.pool, instruction.in_transit) == 100_00
    assert booked(box) == {Kind.PAID: 1}
    assert instructions.get(instruction.pk).state == "paid"
    assert queries.balance_fen(box.pool, instruction.in_transit) == 0
    assert box.faults() == []


@EVERY_FORM
def test_what_comes_back_is_seen_in_any_form_and_the_money_lies_where_it_came_from(box):
    box.bank.faults(payout_returned={"times": 1, "seconds": 3})
    instruction = carried(box)
    box.bank.advance(4)
    assert booked(box) == {Kind.PAID: 1, Kind.RETURNED: 1}
    assert instructions.get(instruction.pk).state == "returned"
    assert queries.balance_fen(box.pool, instruction.in_transit) == 0
    assert [row["state"] for row in box.transfers()] == ["RETURNED"]
    assert box.faults() == []
