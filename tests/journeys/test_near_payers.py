"""Who cuts a sum into payments below the real-name threshold becomes a case and a row (R16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts import clock
from gateway.payments.models import Payment
from gateway.topup import near
from reserve_funds.custody.cases.models import Case, CaseNote
from reserve_funds.custody.cases.near import KIND
from reserve_funds.custody.reports import lists
from reserve_funds.custody.rules import book, pools
from tests.support.people import confirmed
from tests.support.province import Citizen, Province

SMALL = {"real_name_fen": 10_000, "near_per_mille": 900, "near_times": 3}


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan whose threshold is 100 yuan, so that few payments come near it."""
    told = book.by_name("MOT")
    small = replace(told, rules={**told.rules, "R16": replace(told.rules["R16"], parameters=SMALL)})
    monkeypatch.setattr(pools, "profile_of", lambda pool, day: small)
    monkeypatch.setattr(near, "_least_fen", lambda: 9_000)


def paid(province: Province, citizen: Citizen, *amounts: int) -> None:
    for amount_fen in amounts:
        province.paid(citizen, province.card(), amount_fen)


def rows(province: Province, known_at: object = None) -> list[tuple[object, ...]]:
    now = clock.now()
    report = lists.large(
        province.pool,
        clock.business_day(now),
        known_at=known_at or now,  # type: ignore[arg-type]
    )
    [table] = [table for table in report.tables if table.name == "R16-payers"]
    return [tuple(row) for row in table.rows]


def test_a_cut_sum_is_a_case_and_a_row_and_one_payment_is_none(
    province: Province, plan: None
) -> None:
    cutter, plain, named = province.citizen(), province.citizen(), province.citizen()
    paid(province, plain, 9_999)
    paid(province, named, 6_000, 6_000)
    confirmed(named.person, clock.now())
    paid(province, cutter, 6_000)
    mine = Case.objects.filter(kind=KIND, pool=province.pool)
    near.sweep(clock.now())
    assert not mine.exists(), "one payment below the threshold is nobody's business"
    before = clock.now()
    paid(province, cutter, 5_000)
    near.sweep(clock.now())
    near.sweep(clock.now())
    case = mine.get()
    assert (case.amount_fen, case.facts["payments"]) == (11_000, 2)
    assert case.facts["payer"] == f"person:{cutter.person.pk}"
    assert CaseNote.objects.filter(case=case).count() == 1, "the same again is not told again"
    seen_once = clock.now()
    paid(province, cutter, 100)
    near.sweep(clock.now())
    row = (f"person:{cutter.person.pk}", 11_100, 3, 6_000)
    assert rows(province) == [row]
    assert rows(province, seen_once) == [(row[0], 11_000, 2, 6_000)], "as it was known then"
    assert rows(province, before) == []
    assert province.faults() == [], "a case moves no money"


def test_a_wallet_that_many_people_use_is_one_payer(province: Province, plan: None) -> None:
    for amount_fen in (6_000, 5_000):
        paid(province, province.citizen(), amount_fen)
    payments = Payment.objects.filter(pool=province.pool)
    payments.update(payer_openid=f"wallet-of-{province.pool}")
    near.sweep(clock.now())
    case = Case.objects.get(kind=KIND, pool=province.pool)
    assert case.facts["payer"].startswith(f"wallet:{province.channel}:")
    assert f"wallet-of-{province.pool}" not in str(case.facts), "a wallet's number is not told"


def test_yesterdays_payers_are_still_found_after_midnight(province: Province, plan: None) -> None:
    paid(province, province.citizen(), 6_000, 5_000)
    near.sweep(clock.now() + timedelta(days=1))
    assert Case.objects.filter(kind=KIND, pool=province.pool).count() == 1
