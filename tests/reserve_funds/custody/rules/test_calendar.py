"""Working days are those the State Council announced; a year nobody has told is never guessed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reserve_funds.custody.errors import CalendarFaulty, CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.custody.rules.calendar import add_working, is_working, working_days_between

# Typed from the notices, not from the library: (notice, free from, to), and the weekends worked.
ANNOUNCED = {
    "国办发明电〔2023〕7号": [
        ("2024-01-01", "2024-01-01"), ("2024-02-10", "2024-02-17"), ("2024-04-04", "2024-04-06"),
        ("2024-05-01", "2024-05-05"), ("2024-06-10", "2024-06-10"), ("2024-09-15", "2024-09-17"),
        ("2024-10-01", "2024-10-07"),
    ],
    "国办发明电〔2024〕12号": [
        ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
        ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
    ],
    "国办发明电〔2025〕7号": [
        ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
        ("2026-10-01", "2026-10-07"),
    ],
}  # fmt: skip
WORKED = {
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
    "2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
    "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
    "2026-10-10",
}  # fmt: skip

TOLD_2027 = """
year = 2027
source = "an example, no notice"
off = [2027-01-01, 2027-02-05, 2027-02-08]
worked = [2027-02-07]
"""


def each(first, last):
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    monkeypatch.setattr(calendar, "_told", {})


def test_three_years_are_as_the_notices_say_day_by_day():
    free = {
        day
        for spans in ANNOUNCED.values()
        for first, last in spans
        for day in each(date.fromisoformat(first), date.fromisoformat(last))
    }
    worked = {date.fromisoformat(day) for day in WORKED}
    for day in each(date(2024, 1, 1), date(2026, 12, 31)):
        expected = day in worked or (day.weekday() < 5 and day not in free)
        assert is_working(day) is expected, day


def test_working_days_are_counted_over_a_long_holiday():
    assert add_working(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_working(date(2026, 9, 30), 3) == date(2026, 10, 10)  # a Saturday that is worked
    assert working_days_between(date(2026, 9, 30), date(2026, 10, 7)) == 0
    assert working_days_between(date(2026, 10, 8), date(2026, 9, 30)) == 0
    assert add_working(date(2026, 10, 3), 0) == date(2026, 10, 3)


@given(st.dates(date(2024, 1, 1), date(2026, 10, 1)), st.integers(0, 40))
def test_what_is_added_is_what_is_counted(day, count):
    there = add_working(day, count)
    assert working_days_between(day, there) == count
    assert not count or is_working(there)


def test_a_year_nobody_told_is_an_error_and_never_a_guess():
    for asked in (
        lambda: is_working(date(2027, 1, 4)),
        lambda: add_working(date(2026, 12, 31), 1),
        lambda: working_days_between(date(2026, 12, 30), date(2027, 1, 1)),
        lambda: is_working(date(2003, 12, 31)),
    ):
        with pytest.raises(CalendarUnknown):
            asked()
    assert not calendar.knows(2027)
    with pytest.raises(ValueError, match="forward"):
        add_working(date(2026, 11, 2), -1)


def test_a_file_tells_a_later_year(tmp_path):
    (tmp_path / "2027.toml").write_text(TOLD_2027, encoding="utf-8")
    assert calendar.read_folder(tmp_path) == [2027]
    assert calendar.knows(2027)
    assert add_working(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert is_working(date(2027, 2, 7))
    assert not is_working(date(2027, 2, 5))
    with pytest.raises(CalendarUnknown):
        is_working(date(2028, 1, 3))


def test_a_file_wins_over_a_year_that_was_rearranged(tmp_path):
    text = 'year = 2026\nsource = "rearranged"\noff = [2026-01-01, 2026-11-23]\nworked = []\n'
    (tmp_path / "2026.toml").write_text(text, encoding="utf-8")
    assert is_working(date(2026, 11, 23))
    calendar.read_folder(tmp_path)
    assert not is_working(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("year = 2027", "year = 2026"),
        ("year = 2027", ""),
        ('"an example, no notice"', '""'),
        ("2027-02-07", "2027-02-09"),
        ("2027-02-07", "2027-02-05"),
        ("2027-02-07", '"2027-02-07"'),
        ("2027-01-01, ", ""),
        ("worked = [2027-02-07]", ""),
        ("[2027-02-07]", "[2027-02-07"),
    ],
)
def test_a_faulty_file_is_refused_and_nothing_of_it_is_known(tmp_path, old, new):
    assert old in TOLD_2027
    (tmp_path / "2027.toml").write_text(TOLD_2027.replace(old, new), encoding="utf-8")
    with pytest.raises(CalendarFaulty):
        calendar.read_folder(tmp_path)
    assert not calendar.knows(2027)
