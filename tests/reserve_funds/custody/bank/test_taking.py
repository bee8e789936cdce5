"""Statement files are taken whole or not at all, once, and every break between them is told."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections

from accounts import kept_files
from accounts.models import SecurityEvent
from reserve_funds.custody.bank import taking
from reserve_funds.custody.bank.models import BankEntry, Statement, StatementFile
from reserve_funds.custody.errors import (
    StatementDiffers,
    StatementDoesNotAdd,
    StatementFormUnknown,
    StatementOfUnknownAccount,
    StatementUnreadable,
)
from reserve_funds.custody.statements.values import Side
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.conftest import OFFICER
from tests.reserve_funds.custody.statements.printers import PRINTERS, Told
from tests.reserve_funds.custody.statements.test_reading import told


def of(account, *amounts, day=DAY, number="1", opening_fen=1_000_000):
    """What a bank tells of this account for one day."""
    whole = told(*amounts)
    opening = replace(
        whole.opening,
        account_no=account.account_no,
        number=number,
        first_day=day,
        last_day=day,
        balance_fen=opening_fen,
    )
    lines = tuple(
        replace(line, bank_no=f"{day:%m%d}{line.line_no:04d}", booked_day=day, value_day=day)
        for line in whole.lines
    )
    return Told(opening=opening, lines=lines)


def take(content, form="mt940", pools=None):
    return taking.take(
        io.BytesIO(content),
        form=form,
        name="statement.sta",
        source="upload",
        actor=OFFICER,
        pools=pools,
        now=NOW,
    )


def taken_of(account):
    """How much is stored of an account: statements and entries."""
    return (
        Statement.objects.filter(account=account).count(),
        BankEntry.objects.filter(account=account).count(),
    )


@pytest.mark.parametrize("form", PRINTERS)
def test_a_file_is_stored_as_it_was_told(account, form):
    content = PRINTERS[form](of(account, 120_00, -30_00))
    taken = take(content, form)
    assert (taken.is_new, taken.statements, taken.new_entries, taken.gaps) == (True, 1, 2, [])
    statement = Statement.objects.get(account=account)
    assert (statement.opening_fen, statement.closing_fen) == (1_000_000, 1_009_000)
    first, second = BankEntry.objects.filter(account=account).order_by("line_no")
    assert (first.side, first.amount_fen, first.booked_day) == (Side.IN, 120_00, DAY)
    assert (second.side, second.amount_fen) == (Side.OUT, 30_00)
    with kept_files.opened(statement.file.digest) as file:
        assert file.read() == content


def test_the_same_file_again_is_nothing_new(account):
    content = PRINTERS["mt940"](of(account, 120_00))
    first, again = take(content), take(content)
    assert (again.file_id, again.is_new, again.new_entries) == (first.file_id, False, 0)
    assert taken_of(account) == (1, 1)


def test_the_same_statement_in_another_form_is_nothing_new(account):
    whole = of(account, 120_00, -1_00)
    bare = replace(whole, lines=tuple(_bare(line) for line in whole.lines))
    assert take(PRINTERS["mt940"](bare)).new_entries == 2
    assert take(PRINTERS["camt053"](bare), "camt053").new_entries == 0
    assert taken_of(account) == (1, 2)


def _bare(line):
    """A line that says what every form has a place for."""
    return replace(line, our_no="20261121A1", counterparty_name="", counterparty_no="")


def test_twins_of_one_file_are_taken_once(account):
    content = PRINTERS["mt940"](of(account, 1_00, 2_00, 3_00))

    def twin(_):
        try:
            return take(content).is_new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(twin, range(8))) == [False] * 7 + [True]
    assert taken_of(account) == (1, 3)
    assert StatementFile.objects.filter(statements__account=account).distinct().count() == 1


def test_an_entry_told_otherwise_later_is_refused_and_alarmed(account):
    take(PRINTERS["mt940"](of(account, 120_00, -30_00)))
    other = PRINTERS["mt940"](of(account, 121_00, -31_00))
    with pytest.raises(StatementDiffers):
        take(other)
    assert taken_of(account) == (1, 2)
    assert BankEntry.objects.get(account=account, line_no=1).amount_fen == 120_00
    refused = StatementFile.objects.filter(refusal="statement_differs").latest("taken_at", "id")
    assert SecurityEvent.objects.filter(code="statement_differs", subject=str(refused.id)).exists()


def test_a_statement_that_lost_a_line_since_is_refused(account):
    take(PRINTERS["mt940"](of(account, 120_00, -30_00)))
    with pytest.raises(StatementDiffers):
        take(PRINTERS["mt940"](of(account, 120_00)))
    assert taken_of(account) == (1, 2)


def test_a_missing_day_is_told_until_it_comes(account):
    days = [DAY + timedelta(days=number) for number in range(3)]
    take(PRINTERS["mt940"](of(account, 10_00, day=days[0], number="1")))
    late = take(
        PRINTERS["mt940"](of(account, 5_00, day=days[2], number="3", opening_fen=1_003_000))
    )
    (gap,) = late.gaps
    assert (gap.closed_fen, gap.opening_fen, gap.closed_day) == (1_001_000, 1_003_000, days[0])
    assert SecurityEvent.objects.filter(
        code="bank_statement_missing", subject=str(gap.statement_id)
    ).exists()
    between = of(account, 20_00, day=days[1], number="2", opening_fen=1_001_000)
    assert take(PRINTERS["mt940"](between)).gaps == []


def test_a_serial_number_used_twice_names_two_entries(account):
    whole = of(account, 120_00, -30_00)
    same = tuple(replace(line, bank_no="7") for line in whole.lines)
    take(PRINTERS["mt940"](replace(whole, lines=same)))
    numbers = BankEntry.objects.filter(account=account).order_by("line_no")
    assert [entry.entry_no for entry in numbers] == ["7", "7#2"]


@pytest.mark.parametrize(
    ("damage", "refusal"),
    [
        (lambda content: content[:-40], StatementUnreadable),
        (lambda content: content.replace(b"120,00", b"119,00"), StatementDoesNotAdd),
        (lambda content: b"", StatementUnreadable),
    ],
)
def test_a_refused_file_leaves_only_why_it_was(account, damage, refusal):
    content = damage(PRINTERS["mt940"](of(account, 120_00, -30_00)))
    with pytest.raises(refusal):
        take(content)
    assert taken_of(account) == (0, 0)
    kept = StatementFile.objects.filter(refusal=refusal.code).latest("taken_at", "id")
    assert kept.refused_because
    assert take(PRINTERS["mt940"](of(account, 120_00, -30_00))).new_entries == 2


def test_the_second_statement_of_a_file_takes_the_first_with_it(account):
    good, bad = of(account, 1_00), of(account, 2_00, day=DAY + timedelta(days=1), number="2")
    content = PRINTERS["mt940"](good, bad).replace(b"CNY10002,00", b"CNY10003,00")
    with pytest.raises(StatementDoesNotAdd):
        take(content)
    assert taken_of(account) == (0, 0)


def test_an_account_of_another_pool_or_of_nobody_is_refused(account):
    content = PRINTERS["mt940"](of(account, 1_00))
    with pytest.raises(StatementOfUnknownAccount):
        take(content, pools=frozenset({account.pool + 1}))
    with pytest.raises(StatementOfUnknownAccount):
        take(content.replace(account.account_no.encode(), b"999999999999"))
    assert taken_of(account) == (0, 0)
    assert take(content, pools=frozenset({account.pool})).new_entries == 1


def test_a_form_nobody_knows_keeps_nothing(account):
    before = StatementFile.objects.count()
    with pytest.raises(StatementFormUnknown):
        take(b"whatever", form="xls")
    assert StatementFile.objects.count() == before


@pytest.mark.parametrize("table", ["bankentry", "statement", "statementfile"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_a_bank_told_cannot_be_changed(account, owner_connection, table, act):
    with pytest.raises(Exception, match="append"):
        owner_connection.execute(act.format(f"custody_bank_{table}"))
