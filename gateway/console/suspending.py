"""停业预案 as a page tells it: from which day what is there suffices to pay every holder back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gateway.console import drawing
from gateway.pages.words import money
from reserve_funds.custody.reports.values import Report, Table

MOST_STEPS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What holders are owed, and what pays it: now, on later days, and on no day that is known.

    `dated` are the days on which more is there, the first being the report's own, with what is
    there in all by then.
    """

    wanted_fen: int
    dated: tuple[tuple[date, int], ...]
    undated_fen: int

    @property
    def now_fen(self) -> int:
        """What is there on the first day."""
        return self.dated[0][1]

    @property
    def course(self) -> list[tuple[date, int]]:
        """What is there by each day, in even steps, a step past the last day that brings more.

        Empty when nothing more comes.
        """
        first, last = self.dated[0][0], self.dated[-1][0]
        span = (last - first).days
        if not span:
            return []
        step = -(-span // MOST_STEPS)
        days = [first + timedelta(days=at) for at in range(0, span + 2 * step, step)]
        return [(day, [fen for on, fen in self.dated if on <= day][-1]) for day in days]

    @property
    def later_fen(self) -> int:
        """What comes back on later days."""
        return self.dated[-1][1] - self.now_fen

    @property
    def enough_on(self) -> date | None:
        """The first day that all holders can be paid; None when what is dated never suffices."""
        return next((on for on, there_fen in self.dated if there_fen >= self.wanted_fen), None)


def means_of(report: Report) -> Means:
    """From the report's own rows. What was due before is counted for the first day."""
    today, there_fen, undated_fen = report.first, 0, 0
    by_day = {today: 0}
    for on, _source, fen, *_rest in _table(report, "means").rows:
        assert isinstance(fen, int)
        if not isinstance(on, date):
            undated_fen += fen
            continue
        there_fen += fen
        by_day[max(on, today)] = there_fen
    holders = _table(report, "holders").rows
    return Means(
        wanted_fen=sum(fen for *_words, fen in holders if isinstance(fen, int)),
        dated=tuple(sorted(by_day.items())),
        undated_fen=undated_fen,
    )


def told(means: Means) -> str:
    """The same in one sentence."""
    if not means.wanted_fen:
        return _("不欠持有人和付款人，没有要退的。")
    on = means.enough_on
    if on == means.dated[0][0]:
        return _("今天就够退给所有持有人和付款人。")
    if on is not None:
        return _("今天还差 %(missing)s，%(day)s 起够退给所有持有人和付款人。") % {
            "missing": money(means.wanted_fen - means.now_fen),
            "day": on.isoformat(),
        }
    return _("有到期日的钱都收回后还差 %(missing)s，要靠在途款项和自有资金。") % {
        "missing": money(means.wanted_fen - means.dated[-1][1])
    }


def drawn(means: Means) -> SafeString:
    """What is there day by day against what holders are owed; empty when nothing more comes."""
    there = [fen for _day, fen in means.course]
    return drawing.ladder(there, [means.wanted_fen] * len(there), floor=0, told=told(means))


def _table(report: Report, name: str) -> Table:
    return next(one for one in report.tables if one.name == name)
