"""A custody account is what two officers said it is, by the service and by the database's law."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals, clock
from accounts.errors import MakerIsChecker, NotAllowed
from reserve_funds.custody.bank import accounts, registering
from reserve_funds.custody.bank.errors import (
    CustodyAccountChanged,
    CustodyAccountHoldsMoney,
    CustodyAccountMalformed,
    CustodyAccountUnknown,
)
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.registering import NewAccount
from reserve_funds.custody.errors import CustodyAccountDiffers
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.bank.officers import Desk, an_officer

LAW = "custody_bank_account_rests_on_two"
TABLE = "custody_bank_custodyaccount"


def ask(told, maker):
    return registering.ask(told, because="银行函〔2026〕3 号", maker=maker, now=clock.now())


def change(account, maker, **what):
    told = {"name": account.name, "form": account.form} | what
    return registering.ask_change(
        account.pk, **told, because="银行函〔2026〕4 号", maker=maker, now=clock.now()
    )


def approve(asked, checker):
    return registering.approve(asked.pk, checker=checker, now=clock.now())


def refused_by_law(sql, *values, but=LAW):
    with pytest.raises(DatabaseError) as said, transaction.atomic():
        connection.cursor().execute(sql, values)
    cause = said.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert but in (cause.diag.constraint_name or cause.sqlstate), cause


@pytest.fixture
def told(db):
    known = an_account()
    return NewAccount(
        pool=known.pool, bank=known.bank, account_no=f"1703{secrets.randbelow(10**15):015d}",
        name="备付金专户二", use="reserve", form="camt053", opened_on=DAY,
    )  # fmt: skip


def test_an_account_is_there_when_two_officers_of_its_pool_said_so(told):
    maker, checker, stranger = (an_officer(pool) for pool in (told.pool, told.pool, told.pool + 1))
    with pytest.raises(NotAllowed):
        ask(told, stranger)
    tomorrow = clock.business_day(clock.now()) + timedelta(days=1)
    for field, wrong in (
        ("account_no", "12 34"), ("name", " "), ("use", "gifts"), ("form", "xls"),
        ("opened_on", tomorrow),
    ):  # fmt: skip
        with pytest.raises(CustodyAccountMalformed):
            ask(replace(told, **{field: wrong}), maker)
    asked, twin = ask(told, maker), ask(replace(told, use="own"), checker)
    for person, refused in ((maker, MakerIsChecker), (stranger, NotAllowed)):
        with pytest.raises(refused):
            approve(asked, person)
    assert told.account_no not in accounts.by_number({told.pool})
    row = approve(asked, checker)
    assert accounts.by_number({told.pool})[told.account_no] == row
    assert (row.ref.kind, row.approval_id) == ("bank_reserve", asked.pk)
    assert approvals.get(asked.pk).state == "spent"
    with pytest.raises(CustodyAccountChanged):
        approve(twin, maker)
    with pytest.raises(CustodyAccountDiffers):
        ask(told, maker)
    other_day = ask(replace(told, account_no=told.account_no[:-1] + "X"), maker)
    registering.refuse(other_day.pk, checker=checker, now=clock.now())
    assert accounts.of(told.pool)[1:] == [row]
    foreign = approvals.ask(
        maker=maker, purpose="x", pool=told.pool, content={}, fingerprint=b"4" * 32,
        now=clock.now(), expires_at=clock.now() + timedelta(hours=1),
        checker_role="finance_officer",
    )  # fmt: skip
    with pytest.raises(CustodyAccountUnknown):
        approve(foreign, checker)


def test_it_is_changed_and_closed_empty_by_two_and_then_for_good(db):
    desk = Desk()
    account = desk.account
    older = change(account, desk.maker, name="备付金专户（新名）")
    newer = change(account, desk.maker, form="camt053")
    assert approve(newer, desk.checker).form == "camt053"
    with pytest.raises(CustodyAccountChanged):
        approve(older, desk.checker)
    with pytest.raises(CustodyAccountMalformed):
        change(registering.get(account.pk), desk.maker)
    with pytest.raises(CustodyAccountMalformed):
        change(account, desk.maker, closed_on=DAY - timedelta(days=1))
    closing = change(account, desk.maker, closed_on=DAY)
    desk._moved(desk.deposit("wallet", 7_00), "settlement_due", 9_00)
    with pytest.raises(CustodyAccountHoldsMoney):
        change(account, desk.maker, closed_on=DAY)
    with pytest.raises(CustodyAccountHoldsMoney):
        approve(closing, desk.checker)
    assert registering.get(account.pk).closed_on is None
    empty = desk.other
    closed = approve(change(empty, desk.maker, closed_on=DAY), desk.checker)
    assert closed.closed_on == DAY
    with pytest.raises(CustodyAccountChanged):
        change(closed, desk.maker, closed_on=None)


def test_the_database_takes_no_account_of_one_hand(told):
    maker, checker = an_officer(told.pool), an_officer(told.pool)
    asked = ask(told, maker)
    row = asked.content["after"]
    names = ", ".join(row)
    insert = (
        f"INSERT INTO {TABLE} ({names}, approval_id) VALUES ({', '.join(['%s'] * len(row))}, %s)"
    )
    refused_by_law(insert, *row.values(), None)
    refused_by_law(insert, *row.values(), asked.pk)  # asked by one alone
    approvals.approve(asked.pk, checker=checker, now=clock.now())
    for other in ({"use": "own"}, {"pool": told.pool + 1}, {"account_no": "99999"}):
        refused_by_law(insert, *(row | other).values(), asked.pk)  # another than was approved
    approve(asked, checker)
    account = CustodyAccount.objects.get(account_no=told.account_no)
    for words in ("form = 'mt940'", "closed_on = '2026-11-22'", "approval_id = NULL"):
        refused_by_law(f"UPDATE {TABLE} SET {words} WHERE id = %s", account.pk)
    renamed = change(account, maker, name="别的名")
    approvals.approve(renamed.pk, checker=checker, now=clock.now())
    update = f"UPDATE {TABLE} SET name = '别的名', approval_id = %s"
    refused_by_law(f"{update}, account_no = '99999' WHERE id = %s", renamed.pk, account.pk)
    refused_by_law(f"{update} WHERE id = %s", asked.pk, account.pk)  # what is spent is spent
    for words in (f"DELETE FROM {TABLE}", f"TRUNCATE {TABLE} CASCADE"):
        refused_by_law(words, but="")
    assert approve(renamed, checker).name == "别的名"
