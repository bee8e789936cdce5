"""What officers ask for in custody's rooms: placements, rules, reversals, cut-over, reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import roles
from gateway.console import drawing
from reserve_funds.custody.bank.models import OutflowRequest
from reserve_funds.custody.placements.models import Placement
from reserve_funds.ledger import queries
from tests.gateway.console.custody_rooms import POOL, Room
from tests.gateway.console.test_custody import pair, text, verdict
from tests.support.officers import Seated, seat

__all__ = ["pair"]

FINANCE = (roles.FINANCE_OFFICER, POOL)
Make = Callable[[], Room]


def test_a_placement_is_asked_under_its_floor_and_decided_by_another(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    room.covered(1_000_000)
    ladder = f"/console/custody/pools/{POOL}/ladder"
    page = text(maker, ladder)
    for said in ("¥3,000.00", "¥7,000.00", 'class="ladder"', "最紧"):
        assert said in page
    where = f"/console/custody/pools/{POOL}/placements/ask"
    assert "流动性底线" in text(maker, where)
    form = {
        "account": str(room.account.pk), "kind": "term_deposit", "institution": "示例银行",
        "contract_no": "DQ-2026-0001", "amount": "1000.00", "rate": "1.55",
        "matures_on": str(room.today + timedelta(days=10)), "payee_name": "示例银行",
        "payee_no": "6222021702012345678", "reason": "保值",
    }  # fmt: skip
    for change, said in (
        ({"rate": "lots"}, "年利率是"),
        ({"matures_on": "soon"}, "到期日要在今天之后"),
        ({"amount": "-1"}, "写大于零的金额"),
        ({"contract_no": "x"}, "合同号是 6 到 40 位"),
        ({"account": "x"}, "placement_malformed"),
        ({"kind": "shares"}, "只能办理保本的存放种类"),
        ({"amount": "7000.01"}, "低于流动性底线"),
    ):
        answer = maker.client.post(where, form | change)
        assert answer.status_code == 409
        assert said in answer.content.decode(), change
    assert not Placement.objects.exists()
    assert not OutflowRequest.objects.exists()
    one_page = maker.client.post(where, form)["Location"]
    one = Placement.objects.get()
    assert (one.rate_bp, one.principal_fen, one.state) == (155, 100_000, "asked")
    request = OutflowRequest.objects.get()
    page = text(checker, one_page)
    assert f"/console/custody/outflows/{request.pk}" in page
    assert "经办甲" in page
    assert one.contract_no in text(checker, "/console/custody/placements")
    assert verdict(maker, request.pk).status_code == 409
    assert queries.balance_fen(POOL, one.ref) == 0
    for approval_id in filter(None, (request.second_id, request.pk)):
        checker = seat(FINANCE)
        assert verdict(checker, approval_id).status_code == 302
    assert queries.balance_fen(POOL, one.ref) == 100_000


def test_who_only_watches_is_offered_nothing_to_ask(custody: Make) -> None:
    custody()
    where = f"/console/custody/pools/{POOL}"
    assert "申请存放" in text(seat(FINANCE), f"{where}/ladder")
    watcher = seat((roles.AUDITOR, None))
    assert "申请存放" not in text(watcher, f"{where}/ladder")
    assert watcher.client.get(f"{where}/placements/ask").status_code == 403


def test_a_ladder_says_in_words_what_it_draws_and_marks_the_days_that_fall_short() -> None:
    assert drawing.ladder([1], [1], floor=0, told="x") == ""
    drawn = drawing.ladder([100, 100, 300], [50, 120, 120], floor=30, told='"<x>"')
    assert drawn.count('class="gap"') == 1
    assert "<x>" not in drawn


@pytest.mark.parametrize(
    ("path", "most"),
    [("/console/custody/placements", 10), (f"/console/custody/pools/{POOL}/ladder", 16)],
)
def test_pages_ask_no_more_when_there_is_more_on_them(
    custody: Make, path: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room = custody()
    for _ in range(4):
        room.placement()
    officer = seat(FINANCE)
    with django_assert_max_num_queries(most):
        text(officer, path)
