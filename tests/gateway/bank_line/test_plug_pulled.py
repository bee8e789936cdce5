"""kill -9 at every arrow of a payout: money leaves once or not at all, and it is known which."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import clock, duties
from reserve_funds.custody.bank import instructions
from reserve_funds.ledger import queries
from tests.gateway.bank_line.scene import OPENING_FEN
from tests.journeys.test_plug_pulled import killed

PAST_ANY_LEASE = timedelta(hours=7)
BEFORE_IT_IS_SENT = (
    "gateway.bank_line.paying._Payout._query",
    "reserve_funds.custody.bank.instructions.sending",
    "reserve_funds.custody.bank.instructions.trail.advance",
)
AFTER_IT_WAS_SENT = ("gateway.bank_line.paying._Payout._instruct",)
AFTER_THE_CALL = (
    "gateway.bank_line.paying.instructions.answered",
    "reserve_funds.custody.bank.instructions._keep",
    "accounts.duty_rows.retry",
)


def work(instruction, step=0):
    duties.work_one("bank_instruction", instruction.pk, clock.now() + step * PAST_ANY_LEASE)


def outcome(scene, instruction):
    """Carried on after the plug was pulled: state, transfers at the bank, what left the account."""
    for step in range(1, 4):
        work(instruction, step)
        scene.bank.advance(2)
    times = [row["times"] for row in scene.transfers()]
    left = OPENING_FEN - scene.balance_fen()
    assert queries.balance_fen(scene.pool, instruction.in_transit) == 100_00
    assert scene.faults() == []
    now = instructions.get(instruction.pk)
    return now.state, now.said, times, left


@pytest.mark.parametrize("arrow", BEFORE_IT_IS_SENT)
def test_before_it_was_sent_it_is_sent_once_later(scene, arrow):
    instruction = scene.instruction()
    killed(lambda: work(instruction), arrow)
    assert scene.transfers() == []
    assert outcome(scene, instruction) == ("sent", "paid", [1], 100_00)


@pytest.mark.parametrize("arrow", AFTER_IT_WAS_SENT)
def test_between_the_commit_and_the_call_it_is_never_sent_and_people_are_told(scene, arrow):
    instruction = scene.instruction()
    killed(lambda: work(instruction), arrow)
    state, said, times, left = outcome(scene, instruction)
    assert (state, times, left) == ("sent", [], 0)
    assert said in ("", "unknown")


@pytest.mark.parametrize("arrow", AFTER_THE_CALL)
def test_after_the_call_it_is_asked_about_and_not_said_again(scene, arrow):
    instruction = scene.instruction()
    killed(lambda: work(instruction), arrow)
    assert outcome(scene, instruction) == ("sent", "paid", [1], 100_00)
