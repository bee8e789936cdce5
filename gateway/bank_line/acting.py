"""What matching may ask of this room when two officers decided it: the bank is asked, with a date.

Statements that are missing are fetched and folders looked into again, and an enquiry is opened that
people put to the bank. It ends by itself when the bank tells of that payout, or by an officer who
writes down what the bank answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from accounts import duties
from accounts.actors import SYSTEM
from gateway.bank_line import matters
from gateway.bank_line.models import BankContract, Mailbox
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.cases import queries
from reserve_funds.custody.cases import services as cases
from reserve_funds.custody.matching import acts
from reserve_funds.custody.matching.models import Line
from reserve_funds.custody.matching.proposing import Choice

_ABOUT = "payout:"


def take_on() -> None:
    """Says what this room does. Nobody takes on ASK_CLEARING before there is a platform to ask."""
    acts.take_on(Choice.ASK_BANK, ask_bank)


def ask_bank(lines: Sequence[Line], *, now: datetime) -> None:
    """Owes every way to hear from the banks of these lines' pools, and opens dated enquiries."""
    amounts: defaultdict[tuple[int, str], int] = defaultdict(int)
    for line in lines:
        said_by_bank = line.side == "bank"
        amounts[line.pool, line.batch] += -line.settled_fen if said_by_bank else line.settled_fen
    for pool in sorted({pool for pool, _ in amounts}):
        _listen_again(pool, now)
    for (pool, batch), fen in sorted(amounts.items()):
        cases.open_case(
            matters.BANK_ENQUIRY,
            pool=pool,
            subject=f"{_ABOUT}{batch}",
            now=now,
            amount_fen=abs(fen),
            batch=batch,
        )


def end_answered(now: datetime) -> int:
    """Ends enquiries about payouts that a bank has told of since; how many."""
    ended = 0
    for case in queries.open_of():
        if case.kind != matters.BANK_ENQUIRY or case.pool is None:
            continue
        told = Line.objects.filter(
            side="bank",
            pool=case.pool,
            batch=case.subject.removeprefix(_ABOUT),
            is_current=True,
            known_at__gt=case.opened_at,
        )
        if told.exists():
            ended += cases.close_case(
                case.kind,
                pool=case.pool,
                subject=case.subject,
                actor=SYSTEM,
                because="a statement tells of it now",
                now=now,
            )
    return ended


def _listen_again(pool: int, now: datetime) -> None:
    reserve = CustodyAccount.objects.filter(pool=pool, use="reserve", closed_on=None)
    contracts = BankContract.objects.filter(account_id__in=reserve.values("pk"))
    for contract in contracts:
        if contract.statement_source == "api":
            duties.owe("bank_line.statements", contract.pk, now=now)
    banks = {contract.bank for contract in contracts}
    for mailbox_id in Mailbox.objects.filter(bank__in=banks, is_open=True).values_list("pk"):
        duties.owe("bank_line.collect", mailbox_id[0], now=now)
