"""Ninety days in their short form: every fault three times, each found by its name and ended."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from accounts import clock
from accounts.clock import business_day
from gateway.sandbox.ninety_days import counting, days, plan, report
from gateway.sandbox.ninety_days.faults import Fault
from gateway.sandbox.ninety_days.truth import Truth
from reserve_funds.custody.matching import acts
from reserve_funds.custody.rules import calendar
from tests.reserve_funds.conftest import fresh_pool_number

TIMES, POOLS = 3, 2


@pytest.fixture
def outcome(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    monkeypatch.setattr(calendar, "_told", dict(calendar._told))
    monkeypatch.setattr(acts, "_ACTS", dict(acts._ACTS))
    now = clock.now()
    return days.run(
        [fresh_pool_number() for _ in range(POOLS)],
        days=13,
        times=TIMES,
        seed=7,
        first=business_day(now),
        now=now,
    )


def test_every_fault_is_found_by_its_name_and_ended_and_nothing_else_is_told(outcome):
    whole = report.merged([report.facts(outcome)])
    assert whole["not_green"] == []
    assert whole["false_alarms"] == []
    assert whole["unended"] == []
    rows = {row["fault"]: row for row in whole["rows"]}
    assert rows.keys() == {fault.value for fault in Fault}
    figures = {name: (row["injected"], row["found"], row["ended"]) for name, row in rows.items()}
    assert set(figures.values()) == {(TIMES, TIMES, TIMES)}, figures
    assert (whole["recall"], whole["precision"], whole["is_perfect"]) == (1.0, 1.0, True)
    assert whole["pool_days_closed"] == whole["pool_days"] == POOLS * outcome.days
    assert "全部符合" in report.picture(whole)
    assert 'charset="utf-8"' in report.page(whole)
    _the_count_itself_can_fail(outcome)


def _the_count_itself_can_fail(outcome):
    """A fault nobody injected, one nobody found, and one under a wrong name are told as such."""
    world = next(each for each in outcome.worlds if each.truths.truths)
    forgotten = world.truths.truths[0]
    invented = Truth(
        fault=Fault.UNBILLED, pool=world.pool, day=outcome.first, subjects=("order:?",)
    )
    world.truths.truths[0] = invented
    world.truths._by_subject = {
        key: truth for key, truth in world.truths._by_subject.items() if truth is not forgotten
    }
    count = counting.counted(outcome.worlds)
    assert not count.is_perfect
    assert sum(count.false.values()) == 1 or forgotten.fault is Fault.CORRECTED
    assert count.scores[Fault.UNBILLED].recall < 1


def test_faults_are_spread_evenly_and_never_two_in_one_place():
    first = date(2026, 11, 22)
    every_day = [first + timedelta(days=number) for number in range(20)]
    drawn = plan.drawn(range(1, 11), every_day, 15, seed=3)
    assert Counter(fault for taken in drawn.values() for fault in taken.values()) == dict.fromkeys(
        Fault, 15
    )
    assert plan.drawn(range(1, 11), every_day, 15, seed=3) == drawn, "a seed is a plan"
    with pytest.raises(plan.TooFewDays):
        plan.drawn([1], every_day[:5], 15, seed=3)
