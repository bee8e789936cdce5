"""A plan of suspension on its page: what is owed, what pays it, and from which day it suffices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import clock, roles
from gateway.console import reporting, suspending
from reserve_funds.custody.reports.values import EVER, Cell, Report, Table, count, day, fen, text
from tests.gateway.console import test_custody as pages
from tests.gateway.console.custody_rooms import POOL, Room
from tests.support.officers import seat

TODAY = date(2026, 3, 2)
FINANCE = (roles.FINANCE_OFFICER, POOL)


def plan(owed_fen: int, *means: tuple[date | None, int]) -> suspending.Means:
    rows: list[tuple[Cell, ...]] = [(on, "x", each, 0, 0) for on, each in means]
    amounts = (text("科目", "account"), count("户数", "holders"), fen("金额", "amount"))
    columns = (day("到位日", "from"), text("来源", "source"), fen("金额", "amount"),
               fen("累计", "in all"), fen("尚缺", "still missing"))  # fmt: skip
    return suspending.means_of(
        Report(
            name="suspension", zh="停业预案数据", en="plan", pool=POOL, first=TODAY, last=TODAY,
            known_at=EVER, tables=(
                Table(name="holders", zh="应退持有人", en="holders", columns=amounts,
                      rows=[("wallet", 1, owed_fen), ("received", 1, 0)]),
                Table(name="means", zh="可用资金", en="means", columns=columns, rows=rows),
            ),
        )
    )  # fmt: skip


def test_the_day_from_which_it_suffices_is_said_and_drawn() -> None:
    ten, forty = TODAY + timedelta(days=10), TODAY + timedelta(days=40)
    found = plan(1_000, (TODAY, 400), (TODAY - timedelta(days=3), 100), (ten, 300), (forty, 300),
                 (None, 50))  # fmt: skip
    assert (found.now_fen, found.later_fen, found.undated_fen) == (500, 600, 50)
    assert found.enough_on == forty
    assert suspending.told(found) == f"今天还差 ¥5.00，{forty} 起够退给所有持有人和付款人。"
    there = [found.course[at][1] for at in (0, 9, 10, 39, 40, 41)]
    assert there == [500, 500, 800, 800, 1_100, 1_100]
    drawn = str(suspending.drawn(found))
    assert drawn.count('class="gap"') == 2, "ten short days and thirty less short are red"
    assert f'aria-label="{suspending.told(found)}"' in drawn
    years = plan(1_000, (TODAY, 400), (TODAY + timedelta(days=3_000), 700))
    assert len(years.course) <= suspending.MOST_STEPS + 2
    assert years.course[-1][1] == 1_100


@pytest.mark.parametrize(
    ("owed_fen", "means", "said"),
    [
        (0, [(TODAY, 0)], "没有要退的"),
        (400, [(TODAY, 400), (None, 5)], "今天就够"),
        (1_000, [(TODAY, 400), (None, 600)], "还差 ¥6.00，要靠在途款项和自有资金"),
    ],
)
def test_nothing_is_drawn_when_no_day_brings_more(
    owed_fen: int, means: list[tuple[date | None, int]], said: str
) -> None:
    found = plan(owed_fen, *means)
    assert said in suspending.told(found)
    assert (found.course, str(suspending.drawn(found))) == ([], "")


def test_it_is_read_among_the_reports_as_things_stand_now_and_taken_along(
    custody: Callable[[], Room], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room, officer = custody(), seat(FINANCE)
    room.covered()
    room.agreed_placement(400_000)
    chooser = "/console/custody/reports"
    assert "停业预案数据" in pages.text(officer, chooser)
    answer = officer.client.get(f"{chooser}?pool={POOL}&name=suspension&day=2020-01-01")
    with django_assert_max_num_queries(40):
        page = pages.text(officer, answer["Location"])
    back = room.today + timedelta(days=10)
    assert f"今天还差 ¥4,000.00，{back} 起够退给所有持有人和付款人。" in page
    assert "照此刻的账，不是所选那一天的" in page
    assert 'class="ladder"' in page
    assert f"/console/custody/pools/{POOL}/winding" in page
    assert "suspension" not in reporting.OF_A_DAY, "it is of no day that is over"
    assert f"{chooser}/{POOL}/suspension" in pages.text(
        officer, f"/console/custody/pools/{POOL}/winding"
    )
    where = page.split('href="')
    csv = next(one.split('"')[0] for one in where if "suspension.csv" in one).replace("&amp;", "&")
    answer = officer.client.get(csv)
    assert "停业预案数据" in b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
    name = f"suspension-{POOL}-{clock.business_day(clock.now()).isoformat()}.csv"
    assert name in answer["Content-Disposition"]
    stranger = seat((roles.FINANCE_OFFICER, POOL + 1), (roles.AUDITOR, POOL + 2))
    assert stranger.client.get(f"{chooser}/{POOL}/suspension").status_code == 404
    assert stranger.client.get(f"{chooser}/{POOL + 2}/suspension").status_code == 404
