"""Watches for silence: statements that are late, instructions that no bank has answered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import duties, trail
from accounts.actors import SYSTEM
from accounts.clock import business_day
from accounts.models import Duty
from gateway.bank_line import matters
from gateway.bank_line.asking_statements import missing_days
from gateway.bank_line.models import BankContract, LateStatement
from reserve_funds.custody.bank.instructions import Said
from reserve_funds.custody.bank.models import CustodyAccount, Instruction
from reserve_funds.custody.bank.requests import DUTY as PAYOUT_DUTY
from reserve_funds.custody.cases import queries
from reserve_funds.custody.cases import services as cases
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_SILENT = (matters.PAYOUT_SILENT, matters.PAYOUT_NOT_SENT)


def late_statements(now: datetime) -> int:
    """Tells once, by alarm and case, of each working day whose statement is late; how many new.

    A statement that has come since ends its case. In a year without a calendar nothing is judged,
    which is an alarm of its own.
    """
    told = 0
    for contract in BankContract.objects.all():
        account = CustodyAccount.objects.get(pk=contract.account_id)
        missing = set(missing_days(account, contract, now=now))
        _end_those_that_came(contract, account, missing, now=now)
        try:
            late = [day for day in sorted(missing) if _due(contract, day) <= now]
        except CalendarUnknown as unknown:
            trail.alarm(unknown.code, actor=SYSTEM, now=now, subject=str(account.pk))
            continue
        told += sum(_tell_late(contract, account, day, now=now) for day in late)
    return told


def silent_payouts(now: datetime) -> int:
    """Opens a case for each instruction past its schedule, ends those that were answered; how many.

    The schedule is the duty's: it never sends again, and people may let it ask anew.
    """
    given_up = {duty.subject_id for duty in Duty.objects.filter(kind=PAYOUT_DUTY, state="given_up")}
    waiting = Instruction.objects.filter(state__in=("ready", "sent"), pk__in=given_up)
    silent = [one for one in waiting if one.said != Said.PAID]
    for one in silent:
        kind = matters.PAYOUT_NOT_SENT if one.state == "ready" else matters.PAYOUT_SILENT
        cases.open_case(
            kind,
            pool=one.pool,
            subject=f"instruction:{one.pk}",
            now=now,
            amount_fen=one.amount_fen,
            number=one.number,
            reason=one.reason,
        )
    _end_those_answered({one.pk: one.state for one in silent}, now=now)
    return len(silent)


def ask_anew(instruction_id: UUID, *, now: datetime) -> None:
    """People want the bank asked once more, by the whole schedule; nothing is sent twice by it."""
    with transaction.atomic():
        duties.owe(PAYOUT_DUTY, instruction_id, now=now)


def _end_those_answered(silent: dict[UUID, str], *, now: datetime) -> None:
    for case in queries.open_of():
        if case.kind not in _SILENT:
            continue
        instruction_id = UUID(case.subject.partition(":")[2])
        state = silent.get(instruction_id)
        if state == ("ready" if case.kind == matters.PAYOUT_NOT_SENT else "sent"):
            continue
        cases.close_case(
            case.kind,
            pool=case.pool,
            subject=case.subject,
            actor=SYSTEM,
            because="the bank is asked again, or has answered",
            now=now,
        )


def _due(contract: BankContract, day: date) -> datetime:
    """When the statement of a day must be here; of a day off, when that of the next working day."""
    if not calendar.is_working(day):
        day = calendar.add_working(day, 1)
    last = calendar.add_working(day, 1)
    return datetime.combine(last, contract.statement_due, tzinfo=_SHANGHAI)


@transaction.atomic
def _tell_late(
    contract: BankContract, account: CustodyAccount, day: date, *, now: datetime
) -> bool:
    _, is_new = LateStatement.objects.get_or_create(
        contract=contract, day=day, defaults={"told_at": now}
    )
    if not is_new:
        return False
    trail.alarm(
        "bank_statement_late",
        actor=SYSTEM,
        now=now,
        subject=str(account.pk),
        day=day.isoformat(),
        bank=contract.bank,
    )
    cases.open_case(
        matters.STATEMENT_LATE,
        pool=account.pool,
        subject=_subject(account, day),
        now=now,
        day=day,
        bank=contract.bank,
    )
    return True


def _end_those_that_came(
    contract: BankContract, account: CustodyAccount, missing: set[date], *, now: datetime
) -> None:
    oldest = business_day(now) - timedelta(days=366)
    rows = LateStatement.objects.filter(contract=contract, came_at=None, day__gte=oldest)
    for row in rows:
        if row.day in missing or not _covered(account, row.day):
            continue
        LateStatement.objects.filter(pk=row.pk).update(came_at=now)
        cases.close_case(
            matters.STATEMENT_LATE,
            pool=account.pool,
            subject=_subject(account, row.day),
            actor=SYSTEM,
            because="the statement came",
            now=now,
        )


def _covered(account: CustodyAccount, day: date) -> bool:
    return account.statements.filter(first_day__lte=day, last_day__gte=day).exists()


def _subject(account: CustodyAccount, day: date) -> str:
    return f"account:{account.pk}:{day.isoformat()}"
