"""工作日: which days are working days, by the State Council's own yearly arrangement.

Known years come from `chinesecalendar` (MIT), whose tables are the yearly notices of the State
Council's office with their 调休 days; banks and the large-value payment system keep the same days.
A later year, or one that was rearranged, is told by a file. A year nobody has told is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar

from reserve_funds.custody.errors import CalendarFaulty, CalendarUnknown

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year as it was announced: weekdays and others that are free, weekends that are worked."""

    year: int
    source: str
    off: frozenset[date]
    worked: frozenset[date]


_told: dict[int, Year] = {}


def is_working(day: date) -> bool:
    """Whether banks and offices work on this day. CalendarUnknown."""
    year = _year(day.year)
    return day in year.worked or (day.weekday() < _SATURDAY and day not in year.off)


def add_working(day: date, count: int) -> date:
    """The `count`-th working day after `day`; `day` itself, working or not, for 0.

    CalendarUnknown when the way there leads through a year nobody has told.
    """
    if count < 0:
        raise ValueError("working days are counted forward")
    while count:
        day += _DAY
        count -= is_working(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days there are after `first`, up to and including `last`.

    So `working_days_between(day, add_working(day, n)) == n`. 0 when `last` is not after `first`.
    CalendarUnknown.
    """
    return sum(is_working(day) for day in _after(first, last))


def knows(year: int) -> bool:
    """Whether this year has been told."""
    return year in _told or year in _announced()


def read_folder(folder: Path) -> list[int]:
    """Take every `*.toml` in a folder as a year; which. A file wins over what is known already.

    CalendarFaulty names the first file that is no year.
    """
    years = [year_of(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))]
    for year in years:
        _told[year.year] = year
    return [year.year for year in years]


def year_of(text: str) -> Year:
    """The year a TOML text tells: `year`, `source` (the notice), `off` and `worked` (dates).

    CalendarFaulty when a day is of another year, worked though it is a weekday, or both at once.
    """
    try:
        told = tomllib.loads(text)
        year = Year(
            year=int(told["year"]),
            source=str(told["source"]),
            off=frozenset(_days(told["off"])),
            worked=frozenset(_days(told["worked"])),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as wrong:
        raise CalendarFaulty(str(wrong)[:200]) from wrong
    weekdays = [day for day in year.worked if day.weekday() < _SATURDAY]
    foreign = [day for day in year.off | year.worked if day.year != year.year]
    new_year = date(year.year, 1, 1)
    if weekdays or foreign or year.off & year.worked or new_year not in year.off:
        raise CalendarFaulty("its days are not those of one year", year=year.year)
    if not year.source:
        raise CalendarFaulty("it names no notice", year=year.year)
    return year


def _year(number: int) -> Year:
    year = _told.get(number) or _announced().get(number)
    if year is None:
        raise CalendarUnknown(year=number)
    return year


@cache
def _announced() -> dict[int, Year]:
    """The years of the library; each notice is of one whole year, so a year begun is whole."""
    years = sorted({day.year for day in chinese_calendar.holidays})
    return {
        number: Year(
            year=number,
            source=f"chinesecalendar: 国务院办公厅关于{number}年部分节假日安排的通知",
            off=frozenset(day for day in chinese_calendar.holidays if day.year == number),
            worked=frozenset(day for day in chinese_calendar.workdays if day.year == number),
        )
        for number in years
    }


def _after(first: date, last: date) -> Iterator[date]:
    day = first
    while day < last:
        day += _DAY
        yield day


def _days(told: Any) -> Iterator[date]:
    for day in told:
        if type(day) is not date:
            raise ValueError(f"{day!r} is no day")
        yield day
