"""The reports officers may ask for: their words, how each is made, and a page's worth of it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.clock import SHANGHAI
from gateway.card_service import idle
from gateway.console import custody_words
from gateway.console.amounts import fen_of
from gateway.pages.words import exact, money
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.reports import daily, lists, periodic, suspension
from reserve_funds.custody.reports.values import EVER, Cell, Column, Report, Sort, Table

MOST_ROWS: Final = 200
QUARTER: Final = "quarter"
SUSPENSION: Final = "suspension"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a report is of: a pool, a day (or its month or quarter), as known at a moment.

    `revenue_fen` is last year's main revenue, which the quarter is measured against; `now` is
    what a report of the present is of, whatever the day.
    """

    pool: int
    day: date
    now: datetime
    known_at: datetime = EVER
    revenue_fen: int = 0


Make = Callable[[Wanted], Report | None]


def _quarter(wanted: Wanted) -> Report:
    """PeriodNotOver."""
    number = (wanted.day.month + 2) // 3 * 3
    last = date(wanted.day.year, number, monthrange(wanted.day.year, number)[1])
    told = periodic.quarter(
        wanted.pool, last, revenue_fen=wanted.revenue_fen, known_at=wanted.known_at
    )
    return periodic.quarter_report(told)


REPORTS: Final[dict[str, tuple[str | Promise, Make]]] = {
    "daily": (
        _("备付金日报"),
        lambda one: daily.report(daily.daily(one.pool, one.day, known_at=one.known_at)),
    ),
    "trial": (
        _("试算平衡表"),
        lambda one: daily.trial_balance(one.pool, one.day, known_at=one.known_at),
    ),
    "waiting": (
        _("在途与待处理清单"),
        lambda one: lists.waiting(one.pool, one.day, known_at=one.known_at),
    ),
    "large": (
        _("大额与临近限额清单"),
        lambda one: lists.large(one.pool, one.day, known_at=one.known_at),
    ),
    "dormant": (
        _("长期未用卡"),
        lambda one: lists.dormant(one.pool, one.day, known_at=one.known_at),
    ),
    "idle": (
        _("过期与长期未用余额"),
        lambda one: idle.report(one.pool, one.day, known_at=one.known_at),
    ),
    "month": (
        _("月报"),
        lambda one: periodic.month_report(
            periodic.month(one.pool, one.day.year, one.day.month, known_at=one.known_at)
        ),
    ),
    QUARTER: (_("季报"), _quarter),
    SUSPENSION: (
        _("停业预案数据"),
        lambda one: suspension.suspension(one.pool, one.now),
    ),
}
OF_A_DAY: Final = tuple(name for name in REPORTS if name not in (QUARTER, SUSPENSION))
"""Those a day's own page offers: nothing but the day need be said."""


def made(name: str, wanted: Wanted) -> Report | None:
    """The report of this name; None where the pool's rules have it not. PeriodNotOver."""
    return REPORTS[name][1](wanted)


def wanted(name: str, pool: int, day: date, told: Mapping[str, str], *, now: datetime) -> Wanted:
    """What a form asks for: `known` in Beijing time, `revenue` in yuan where it is needed.

    ValueError for a moment that is none; OutflowMalformed (field `revenue`).
    """
    moment, revenue_fen = told.get("known", ""), 0
    if name == QUARTER:
        try:
            revenue_fen = fen_of(told.get("revenue", ""))
        except OutflowMalformed:
            raise OutflowMalformed(field="revenue") from None
    known = EVER
    if moment:
        known = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).astimezone(UTC)
    return Wanted(pool=pool, day=day, now=now, known_at=known, revenue_fen=revenue_fen)


def shown(report: Report) -> list[dict[str, Any]]:
    """The tables as a page shows them: words, and the first rows of each."""
    return [_table(one) for one in report.tables]


def balances(report: Report) -> list[int]:
    """The closing balance of each day of a month, for its course; empty for other reports."""
    days = next((one for one in report.tables if one.name == "days"), None)
    return [] if days is None else [int(row[1]) for row in days.rows]  # type: ignore[arg-type]


def _table(table: Table) -> dict[str, Any]:
    rows = list(islice(table.rows, MOST_ROWS + 1))
    return {
        "name": _said(table.zh, table.en),
        "columns": [(_said(one.zh, one.en), _is_right(one)) for one in table.columns],
        "rows": [list(_cells(table.columns, row)) for row in rows[:MOST_ROWS]],
        "has_more": len(rows) > MOST_ROWS,
    }


def _cells(columns: tuple[Column, ...], row: tuple[Cell, ...]) -> Iterator[tuple[str, str, bool]]:
    for column, cell in zip(columns, row, strict=True):
        yield _said(column.zh, column.en), _told(column, cell), _is_right(column)


def _told(column: Column, cell: Cell) -> str:
    if cell is None or cell == "":
        return "–"
    if column.sort is Sort.FEN and isinstance(cell, int):
        return money(cell)
    if isinstance(cell, datetime):
        return exact(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _is_right(column: Column) -> bool:
    return column.sort in (Sort.FEN, Sort.COUNT)


def _said(zh: str, en: str) -> str:
    return en if custody_words.in_english() else zh
