"""Vouchers by number: found, listed page by page, opened, and put on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import roles
from gateway.console import custody as reading
from reserve_funds.ledger import queries, vouchers
from reserve_funds.ledger.vouchers import Number
from tests.gateway.console.custody_rooms import POOL, Room
from tests.gateway.console.test_custody import text
from tests.support.officers import seat

FINANCE = (roles.FINANCE_OFFICER, POOL)
FIND = "/console/custody/vouchers"
Make = Callable[[], Room]


def test_a_voucher_is_found_by_its_number_and_leads_to_its_evidence(
    custody: Make,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    room, officer = custody(), seat(FINANCE)
    for fen in (700, 800, 900):
        paid = room.paid(fen)
    day = room.sealed()
    where = f"/console/custody/pools/{POOL}/vouchers/{day}"
    number = vouchers.numbers_of(POOL, [paid])[paid]
    monkeypatch.setattr(reading, "PAGE", 3)
    with django_assert_max_num_queries(10):
        page = text(officer, where)
    for said in ("这一天共 8 张", f"{Number(day=day, serial=3)}", "?after=3", "¥7.00"):
        assert said in page
    assert f"{Number(day=day, serial=4)}" not in page
    last = text(officer, f"{where}?after=6")
    assert "?after=3" in last, "the page before"
    assert f"{Number(day=day, serial=8)}" in last
    assert where in text(officer, f"/console/custody/days/{POOL}/{day}")
    transfer = f"/console/custody/pools/{POOL}/transfers/{paid}"
    assert f"{where}/{number.serial}" in text(officer, transfer)
    find = {"pool": POOL, "day": str(day)}
    for typed in (str(number), f"{day}-{number.serial}", str(number.serial)):
        answer = officer.client.get(FIND, find | {"number": typed})
        assert answer["Location"] == f"{where}/{number.serial}", typed
    assert officer.client.get(FIND, find)["Location"] == where
    for typed in ("99", "x", str(Number(day=day + timedelta(days=1), serial=1))):
        answer = officer.client.get(FIND, find | {"number": typed})
        assert (answer.status_code, "没有这张凭证" in answer.content.decode()) == (404, True)
    with django_assert_max_num_queries(16):
        page = text(officer, f"{where}/{number.serial}")
    one = queries.transfers_of_event(POOL, [paid])[0]
    for said in (str(number), "1121", "2101", "应收渠道款", "¥9.00", transfer, str(one.id), "借方"):
        assert said in page
    paper = text(officer, f"{where}/{number.serial}/paper")
    for said in ("盖章处", "系统按规则记账", str(number), "data-print"):
        assert said in paper
    for wrong in (f"{where}/9", f"{where}/{2**31}", f"{where}?after=x", f"{where[:-10]}2020-01-01"):
        assert officer.client.get(wrong).status_code == 404, wrong


def test_a_day_that_is_not_closed_has_no_numbers_yet(custody: Make) -> None:
    room, officer = custody(), seat(FINANCE)
    room.paid()
    page = text(officer, f"/console/custody/pools/{POOL}/vouchers/{room.first}")
    assert "凭证号在结账时编定" in page
    find = officer.client.get(FIND, {"pool": POOL, "day": str(room.first), "number": "1"})
    assert find.status_code == 404
    elsewhere = {"pool": POOL + 1, "day": str(room.first)}
    assert officer.client.get(FIND, elsewhere).status_code == 404
