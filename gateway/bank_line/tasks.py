"""The outstanding work on the line to the banks, and what runs regularly."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import clock, duties
from accounts.duties import Later, duty
from accounts.schedules import every
from gateway.bank_line import acting, asking_statements, collecting, paying, watching
from gateway.bank_line.models import BankContract, Mailbox
from reserve_funds.custody.bank.requests import DUTY

_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
CARRY = (5 * _S, 15 * _S, _M, 5 * _M, 15 * _M, *([_H] * 24), *([6 * _H] * 12))
COLLECT = (_M, 5 * _M, 10 * _M, 30 * _M, _H)


@duty(DUTY, schedule=CARRY, lease=5 * _M)
def carry_instruction(instruction_id: UUID, now: datetime) -> Later | None:
    """Sends an approved instruction once, then asks by its number until the bank is done."""
    return None if paying.carry(instruction_id, now=now) else Later(because="not done yet")


@duty("bank_line.collect", schedule=COLLECT, lease=15 * _M)
def collect_mailbox(mailbox_id: UUID, now: datetime) -> None:
    """Takes what lies in a bank's folder."""
    collecting.collect(mailbox_id, now=now)


@duty("bank_line.statements", schedule=COLLECT, lease=15 * _M)
def fetch_statements(contract_id: UUID, now: datetime) -> Later | None:
    """Asks a bank's interface for the statements that are missing."""
    there = asking_statements.fetch(contract_id, now=now)
    return None if there else Later(because="not ready yet")


def look_for_statements(now: datetime | None = None) -> None:
    """Owes a visit to every open mailbox and a question to every interface."""
    moment = now or clock.now()
    with transaction.atomic():
        for mailbox_id in Mailbox.objects.filter(is_open=True).values_list("pk", flat=True):
            duties.owe("bank_line.collect", mailbox_id, now=moment)
        asked = BankContract.objects.filter(statement_source="api")
        for contract_id in asked.values_list("pk", flat=True):
            duties.owe("bank_line.statements", contract_id, now=moment)


def watch_for_silence() -> None:
    """Tells people of late statements and of instructions nobody answered; ends enquiries."""
    now = clock.now()
    watching.late_statements(now)
    watching.silent_payouts(now)
    acting.end_answered(now)


every("bank_line.look_for_statements", "gateway.bank_line.tasks.look_for_statements", 15 * _M)
every("bank_line.watch_for_silence", "gateway.bank_line.tasks.watch_for_silence", 10 * _M)
