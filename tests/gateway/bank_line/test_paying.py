"""A bank is told once: whatever it answers or does not, nothing is ever paid twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts import clock, duties
from accounts.models import Duty, SecurityEvent
from gateway.bank_line import paying, watching
from gateway.bank_line.errors import BankContractUnknown, PayoutNumberTaken
from gateway.channels.errors import ChannelSilent, WishRefused
from reserve_funds.custody.bank import instructions, not_instructed
from reserve_funds.custody.cases import queries as cases
from reserve_funds.ledger import queries
from tests.gateway.bank_line.scene import OPENING_FEN

EVERY_BANK = pytest.mark.parametrize("channel", ["bank_guomi", "bank_gbk", "bank_rfc9421"])


def carry(instruction):
    return paying.carry(instruction.pk, now=clock.now())


def stands(instruction):
    now = instructions.get(instruction.pk)
    return now.state, now.said


@EVERY_BANK
def test_a_payout_is_told_once_and_the_banks_word_moves_no_money(scene):
    instruction = scene.instruction()
    assert carry(instruction) is False
    assert stands(instruction) == ("sent", "accepted")
    scene.bank.advance(2)
    assert carry(instruction) is True
    assert stands(instruction) == ("sent", "paid")
    assert instructions.get(instruction.pk).bank_no
    assert carry(instruction) is True
    [transfer] = scene.transfers()
    assert (transfer["payout_no"], transfer["times"]) == (instruction.number, 1)
    assert scene.balance_fen() == OPENING_FEN - 100_00
    assert queries.balance_fen(scene.pool, instruction.in_transit) == 100_00
    assert scene.faults() == []


@EVERY_BANK
@pytest.mark.parametrize(
    "fault", ["no_answer", "answer_truncated", "answer_bad_signature", "error_after_accepting"]
)
def test_a_lost_answer_is_asked_about_and_never_said_again(scene, fault):
    instruction = scene.instruction()
    scene.bank.faults(**{fault: {"times": 1, "on": "pay_out"}})
    assert carry(instruction) is False
    assert stands(instruction)[0] == "sent"
    scene.bank.advance(2)
    assert carry(instruction) is True
    assert [row["times"] for row in scene.transfers()] == [1]
    assert scene.balance_fen() == OPENING_FEN - 100_00


@pytest.mark.parametrize("fault", ["no_answer_before", "error_before_accepting"])
def test_an_instruction_that_got_lost_on_its_way_stays_lost_until_people_end_it(scene, fault):
    instruction = scene.instruction()
    scene.bank.faults(**{fault: {"times": 1, "on": "pay_out"}})
    for _ in range(4):
        assert carry(instruction) is False
    assert stands(instruction)[0] == "sent"
    assert scene.transfers() == []
    assert queries.balance_fen(scene.pool, instruction.in_transit) == 100_00
    told = not_instructed.standing(instruction.pk)
    assert (told.denied, told.why) == ((clock.business_day(clock.now()),), "too_few_days")


@EVERY_BANK
@pytest.mark.parametrize("fault", ["payout_short", "payout_payee_refused"])
def test_a_proven_refusal_gives_the_money_back_to_its_source(scene, fault):
    instruction = scene.instruction()
    scene.bank.faults(**{fault: 1})
    assert carry(instruction) is True
    assert stands(instruction)[0] == "rejected"
    assert scene.transfers() == []
    assert queries.balance_fen(scene.pool, instruction.in_transit) == 0
    assert scene.faults() == []


def test_a_refusal_is_not_believed_while_the_bank_has_the_number(scene):
    """A refusal does not repeat our number: it may have been meant for another instruction."""
    instruction = scene.instruction()
    scene.bank.faults(error_after_accepting=False, payout_short=False, payout_stays={"times": 1})
    assert carry(instruction) is False
    assert stands(instruction) == ("sent", "accepted")
    assert queries.balance_fen(scene.pool, instruction.in_transit) == 100_00


def test_rejected_after_a_while_is_rejected_once(scene):
    instruction = scene.instruction()
    scene.bank.faults(payout_rejected=1)
    assert carry(instruction) is False
    scene.bank.advance(2)
    assert carry(instruction) is True
    assert stands(instruction)[0] == "rejected"
    assert carry(instruction) is True
    assert queries.balance_fen(scene.pool, instruction.in_transit) == 0
    assert scene.balance_fen() == OPENING_FEN


def test_a_strange_word_is_unknown_and_asked_again(scene):
    instruction = scene.instruction()
    carry(instruction)
    scene.bank.advance(2)
    scene.bank.faults(answer_unknown_state=1)
    assert carry(instruction) is False
    assert stands(instruction) == ("sent", "accepted")
    assert carry(instruction) is True


def test_a_bank_that_cannot_be_asked_first_is_told_nothing(scene):
    instruction = scene.instruction()
    scene.bank.faults(no_answer_before={"times": 4, "on": "query_pay_out"})
    with pytest.raises(ChannelSilent):
        carry(instruction)
    assert stands(instruction)[0] == "ready"
    assert scene.transfers() == []
    scene.bank.behave()
    assert carry(instruction) is False
    assert stands(instruction)[0] == "sent"


def test_a_number_the_bank_has_already_is_an_alarm_and_nothing_is_sent(scene):
    first = scene.instruction()
    carry(first)
    second = scene.instruction()
    told = [row["times"] for row in scene.transfers()]
    line = paying._Payout(instructions.get(second.pk))
    line._wish = paying._Payout(instructions.get(first.pk))._wish
    with pytest.raises(PayoutNumberTaken):
        line.send(clock.now())
    assert stands(second)[0] == "ready"
    assert [row["times"] for row in scene.transfers()] == told
    assert SecurityEvent.objects.filter(
        code="payout_number_taken", subject=f"instruction:{second.pk}"
    ).exists()


def test_without_a_contract_or_with_words_no_bank_takes_nothing_leaves(scene):
    instruction = scene.instruction()
    scene.agreed(scene.account, pays_out=False)
    with pytest.raises(BankContractUnknown):
        carry(instruction)
    scene.agreed(scene.account, pays_out=True)
    line = paying._Payout(instructions.get(instruction.pk))
    line._wish = type(line._wish)(
        payout_no=instruction.number,
        payer_account=scene.account.account_no,
        payee_account="6222000000000000001",
        payee_name="长" * 121,
        amount_fen=1,
        purpose="x",
    )
    with pytest.raises(WishRefused):
        line.send(clock.now())
    assert stands(instruction)[0] == "ready"
    assert scene.transfers() == []


def test_two_workers_never_both_send(scene):
    pool = [scene.instruction() for _ in range(3)]

    def work(_):
        try:
            for instruction in pool:
                paying.carry(instruction.pk, now=clock.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    scene.bank.advance(2)
    assert sorted(row["payout_no"] for row in scene.transfers()) == sorted(
        one.number for one in pool
    )
    assert [row["times"] for row in scene.transfers()] == [1, 1, 1]
    assert scene.balance_fen() == OPENING_FEN - 3 * 100_00


def test_silence_past_the_schedule_goes_to_people_and_they_may_have_it_asked_again(scene):
    instruction = scene.instruction()
    scene.bank.faults(no_answer_before={"times": 1, "on": "pay_out"})
    now = clock.now()
    for step in range(60):
        duties.work_one("bank_instruction", instruction.pk, now + step * timedelta(days=1))
    duty = Duty.objects.get(kind="bank_instruction", subject_id=instruction.pk)
    assert duty.state == "given_up"
    watching.silent_payouts(clock.now())
    watching.silent_payouts(clock.now())
    [case] = [one for one in cases.open_of(scene.pool) if one.kind == "payout_silent"]
    assert (case.amount_fen, case.facts["number"]) == (100_00, instruction.number)
    assert scene.transfers() == []
    watching.ask_anew(instruction.pk, now=clock.now())
    watching.silent_payouts(clock.now())
    assert [one for one in cases.open_of(scene.pool) if one.kind == "payout_silent"] == []
    assert duties.work_one("bank_instruction", instruction.pk, clock.now() + timedelta(minutes=1))
    assert scene.transfers() == []


def test_the_command_has_a_bank_asked_again_by_our_number_only(scene, capsys):
    instruction = scene.instruction()
    carry(instruction)
    call_command("bank_line", "ask", instruction.number)
    assert "never sent twice" in capsys.readouterr().out
    duty = Duty.objects.get(kind="bank_instruction", subject_id=instruction.pk)
    assert duty.state == "owed"
    with pytest.raises(CommandError, match="P000000NOBODY"):
        call_command("bank_line", "ask", "P000000NOBODY")
    assert [row["times"] for row in scene.transfers()] == [1]
