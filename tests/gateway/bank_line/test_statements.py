"""Statements over a bank's interface and from officers' hands, and those that are late."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from accounts import clock, duties
from accounts.errors import NotAllowed
from accounts.models import SecurityEvent
from gateway.bank_line import asking_statements, intake, tasks, watching
from gateway.bank_line.models import BankContract, LateStatement
from gateway.sandbox.partner_banks.statements import MADE_AFTER_SECONDS
from reserve_funds.custody.bank.models import Statement
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.errors import StatementOfUnknownAccount
from reserve_funds.custody.rules import calendar
from tests.gateway.bank_line.scene import OPENING_FEN
from tests.reserve_funds.custody.bank.officers import an_officer

SHANGHAI = ZoneInfo("Asia/Shanghai")
BY_API = pytest.mark.parametrize("channel", ["bank_guomi", "bank_rfc9421"])


@pytest.fixture
def contract(scene):
    scene.agreed(scene.income, since=clock.business_day(clock.now()) + timedelta(days=3650))
    return BankContract.objects.get(account_id=scene.account.pk)


def told_to():
    """A moment whose yesterday every bank has told: it makes a statement an hour after the day."""
    return clock.now() - timedelta(seconds=MADE_AFTER_SECONDS)


def days_since_three_told():
    return (clock.business_day(clock.now()) - clock.business_day(told_to())).days + 3


THREE_TOLD = pytest.mark.parametrize("scene", [days_since_three_told], indirect=True)


def fetch(contract):
    return asking_statements.fetch(contract.pk, now=told_to())


def statements(scene):
    return Statement.objects.filter(account=scene.account).order_by("first_day")


@BY_API
@THREE_TOLD
def test_every_missing_day_is_asked_for_once(scene, contract):
    assert fetch(contract)
    told = list(statements(scene))
    assert [one.first_day for one in told] == [
        scene.first_day + timedelta(days=step) for step in range(3)
    ]
    assert {(one.opening_fen, one.file.source) for one in told} == {(OPENING_FEN, "api")}
    scene.bank.faults(no_answer_before=True)
    assert fetch(contract)
    assert statements(scene).count() == 3


@THREE_TOLD
def test_a_day_that_is_not_ready_does_not_hold_up_the_others(scene, contract):
    scene.bank.faults(statement_late=1)
    assert not fetch(contract)
    assert statements(scene).count() == 2
    assert fetch(contract)
    assert statements(scene).count() == 3


@THREE_TOLD
@pytest.mark.parametrize("fault", ["statement_wrong_balance", "statement_corrupt"])
def test_a_spoilt_statement_is_a_case_and_the_good_one_ends_it(scene, contract, fault):
    scene.bank.faults(**{fault: 1})
    fetch(contract)
    assert statements(scene).count() == 2
    assert [one.kind for one in cases.open_of(scene.pool)] == ["statement_refused"]
    fetch(contract)
    assert statements(scene).count() == 3
    assert cases.open_of(scene.pool) == []


def test_a_download_that_is_not_what_was_signed_is_not_used(scene, contract, monkeypatch):
    genuine = asking_statements.line_of(scene.channel).read_statement

    def lying(*words, **more):
        return type(link := genuine(*words, **more))(
            day=link.day, url=link.url, hash_type=link.hash_type, hash_hex="0" * 64
        )

    monkeypatch.setattr(asking_statements.line_of(scene.channel), "read_statement", lying)
    fetch(contract)
    assert not statements(scene).exists()
    assert {one.facts["refusal"] for one in cases.open_of(scene.pool)} == {"statement_hash_wrong"}


def working_day_before(day):
    day -= timedelta(days=1)
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day


def last_two_working_days():
    today = clock.business_day(told_to())
    last = today if calendar.is_working(today) else working_day_before(today)
    return working_day_before(last), last


def days_since_the_last_but_one():
    return (clock.business_day(clock.now()) - last_two_working_days()[0]).days


@pytest.mark.parametrize("scene", [days_since_the_last_but_one], indirect=True)
def test_a_late_statement_is_told_once_after_its_time_on_the_next_working_day(scene, contract):
    day, last = last_two_working_days()
    scene.agreed(scene.account, since=day, statement_due=time(9, 30))
    assert scene.account.opened_on == day
    due = datetime.combine(last, time(9, 30), tzinfo=SHANGHAI)

    def told():
        return LateStatement.objects.filter(contract=contract, day=day).count()

    watching.late_statements(due - timedelta(minutes=1))
    assert told() == 0
    watching.late_statements(due)
    watching.late_statements(due + timedelta(hours=1))
    assert told() == 1
    alarms = SecurityEvent.objects.filter(code="bank_statement_late", subject=str(scene.account.pk))
    assert alarms.count() == 1
    [case] = [one for one in cases.open_of(scene.pool) if one.kind == "statement_late"]
    assert day.isoformat() in case.subject
    fetch(contract)
    watching.late_statements(clock.now())
    assert [one for one in cases.open_of(scene.pool) if one.kind == "statement_late"] == []
    assert LateStatement.objects.get(contract=contract, day=day).came_at is not None


@THREE_TOLD
def test_the_sweep_owes_every_door_and_the_duty_takes_what_is_there(scene, contract):
    now = clock.now()
    tasks.look_for_statements(now)
    assert duties.work_one("bank_line.statements", contract.pk, now)
    assert statements(scene).count() == 3
    call_command("bank_line", "status")


def test_an_officer_brings_a_statement_of_an_own_pool_and_of_no_other(scene, contract):
    content = _printed(scene)
    stranger = an_officer(scene.pool + 1)
    clerk = an_officer(scene.pool, role="clerk")

    def bring(officer):
        return intake.upload(
            io.BytesIO(content), form="camt053", name="x.xml", officer=officer, now=clock.now()
        )

    with pytest.raises(NotAllowed):
        bring(clerk)
    with pytest.raises(StatementOfUnknownAccount):
        bring(stranger)
    assert not statements(scene).exists()
    assert bring(scene.maker).is_new
    assert not bring(scene.maker).is_new
    assert statements(scene).get().file.source == "upload"


def _printed(scene):
    from gateway.sandbox.partner_banks.statement_forms import DayStatement, camt053

    return camt053(
        DayStatement(
            account_no=scene.account.account_no,
            number=1,
            day=scene.first_day.isoformat(),
            opening_fen=OPENING_FEN,
            closing_fen=OPENING_FEN,
            lines=(),
        )
    )
