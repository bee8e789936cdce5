"""The parallel run: the legacy system's figures of a day beside ours, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from reserve_funds.custody.cutover.errors import LegacyFileRefused
from reserve_funds.custody.cutover.models import LegacyDay
from reserve_funds.custody.reports.values import EVER, Report, Table, fen, text
from reserve_funds.ledger import as_known

# what both systems can say of a day
FIGURES: Mapping[str, str] = {
    "paid_in_fen": "收款",
    "loaded_fen": "圈存",
    "refunded_fen": "退款",
    "spent_fen": "消费",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A figure of a day that the two systems tell otherwise."""

    day: date
    figure: str
    legacy_fen: int
    ours_fen: int

    def as_facts(self) -> dict[str, Any]:
        return {"day": self.day.isoformat(), "figure": self.figure,
                "legacy_fen": self.legacy_fen, "ours_fen": self.ours_fen}  # fmt: skip


def take_day(
    pool: int, day: date, figures: Mapping[str, int], *, actor: Actor, now: datetime
) -> LegacyDay:
    """What the legacy system says of a day. Again is the same; otherwise it is refused."""
    told = dict(figures)
    if set(told) != set(FIGURES) or any(type(each) is not int for each in told.values()):
        raise LegacyFileRefused("not these figures", figures=sorted(FIGURES))
    made = LegacyDay(id=new_id(now), pool=pool, day=day, figures=told, taken_at=now)
    LegacyDay.objects.bulk_create([made], ignore_conflicts=True)
    kept = LegacyDay.objects.get(pool=pool, day=day)
    if kept.figures != told:
        raise LegacyFileRefused("this day was told otherwise before", day=day.isoformat())
    if kept.pk == made.pk:
        trail.record("legacy_day_taken", actor=actor, now=now, subject=f"legacy_day:{made.pk}",
                     pool=pool)  # fmt: skip
    return kept


def ours(pool: int, day: date, *, known_at: datetime = EVER) -> dict[str, int]:
    """Our own figures of a business day."""
    moved = as_known.movements(pool, day, day, known_at)
    found = dict.fromkeys(FIGURES, 0)
    for each in moved:
        if each.code in ("payment_confirmed", "cash_accepted"):
            found["paid_in_fen"] += each.amount_fen
        elif (each.debit_kind, each.credit_kind) == ("unloaded_orders", "card_purse"):
            found["loaded_fen"] += each.amount_fen
        elif each.code in ("refund_done_by_channel", "refund_paid_by_bank"):
            found["refunded_fen"] += each.amount_fen
        elif each.code == "ride_ingested":
            found["spent_fen"] += each.amount_fen
    return found


def compare(pool: int, *, first: date, last: date) -> list[Differing]:
    """Every figure of every day told that the two systems tell otherwise."""
    found = []
    for told in LegacyDay.objects.filter(pool=pool, day__range=(first, last)).order_by("day"):
        mine = ours(pool, told.day)
        found += [
            Differing(day=told.day, figure=name, legacy_fen=told.figures[name], ours_fen=mine[name])
            for name in FIGURES
            if told.figures[name] != mine[name]
        ]
    return found


def missing(pool: int, *, first: date, last: date) -> list[date]:
    """Days of the run that the legacy system has told nothing of."""
    rows = LegacyDay.objects.filter(pool=pool, day__range=(first, last))
    told = set(rows.values_list("day", flat=True))
    days = (first + timedelta(days=nth) for nth in range((last - first).days + 1))
    return [each for each in days if each not in told]


def report(pool: int, *, first: date, last: date, now: datetime) -> Report:
    """The difference report that is signed, as tables."""
    return Report(
        name="cutover", zh="并行差异报告", en="Differences of the parallel run", pool=pool,
        first=first, last=last, known_at=now,
        tables=(
            Table(
                name="differences", zh="差异", en="differences",
                columns=(text("日期", "day"), text("指标", "figure"), fen("原系统", "legacy"),
                         fen("本系统", "ours"), fen("差额", "difference")),
                rows=[
                    (each.day.isoformat(), FIGURES[each.figure], each.legacy_fen, each.ours_fen,
                     each.ours_fen - each.legacy_fen)
                    for each in compare(pool, first=first, last=last)
                ],
            ),
            Table(
                name="missing", zh="原系统未报", en="not told", columns=(text("日期", "day"),),
                rows=[(each.isoformat(),) for each in missing(pool, first=first, last=last)],
            ),
        ),
    )  # fmt: skip
