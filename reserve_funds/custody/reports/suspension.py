"""停业预案 (R28): the figures of a plan for suspending business, as they stand now.

Whom the pool owes what, what would pay it and when, and what is under way and must first be ended.
Who does what in a suspension is the operator's to write; the act itself is `rules.winding` (R23).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from accounts.clock import business_day
from reserve_funds.custody.coverage import figures
from reserve_funds.custody.coverage.values import Coverage
from reserve_funds.custody.placements import returning
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.reports.values import Cell, Report, Table, count, day, fen, text
from reserve_funds.custody.reports.winding_down import HOLDERS, winding_down
from reserve_funds.custody.reports.words import kind_words
from reserve_funds.ledger import as_known, queries

_UNDER_WAY = ("received", "unloaded_orders", "refunds_in_flight", "redemption_payable",
              "bank_out_in_transit", "suspense")  # fmt: skip
_TO_COME = ("channel_receivable", "cash_in_transit", "pool_due_from")


def suspension(pool: int, now: datetime) -> Report:
    """What a suspension that began now would have to give back, with what, and by when."""
    today = business_day(now)
    told = winding_down(pool)
    amounts = (text("科目", "account"), count("户数", "holders"), fen("金额", "amount"))
    owed = figures.of(pool)
    return Report(
        name="suspension", zh="停业预案数据", en="Figures for a plan of suspension", pool=pool,
        first=today, last=today, known_at=now,
        tables=(
            Table(
                name="holders", zh="应退持有人", en="owed to holders", columns=amounts,
                rows=[(kind_words(one.kind), one.holders, one.fen) for one in told.to_holders],
            ),
            Table(
                name="others", zh="应付其他各方", en="owed to others", columns=amounts,
                rows=[(kind_words(one.kind), one.holders, one.fen) for one in told.to_others],
            ),
            Table(
                name="means", zh="可用资金与到位日", en="what pays it, and from when",
                columns=(day("到位日", "from"), text("来源", "source"), fen("金额", "amount"),
                         fen("累计", "in all"), fen("尚缺", "still missing")),
                rows=list(_means(pool, owed, today)),
            ),
            Table(
                name="under-way", zh="在途待结", en="under way, to be ended first", columns=amounts,
                rows=[(kind_words(one.kind), one.holders, one.fen) for one in owed.owed
                      if one.kind in _UNDER_WAY and one.fen],
            ),
            Table(
                name="doubts", zh="未决圈存", en="loads in doubt",
                columns=(text("订单", "order"), fen("金额", "amount")),
                rows=[(each.owner, each.amount_fen)
                      for each in as_known.unresolved(pool, today, now)],
            ),
        ),
    )  # fmt: skip


def _means(pool: int, told: Coverage, today: date) -> Iterator[tuple[Cell, ...]]:
    """At banks and not on its way out, each placement on its day, what is to come, own money."""
    leaving = sum(one.fen for one in told.owed if one.kind == "bank_out_in_transit")
    wanted = sum(one.fen for one in told.owed if one.kind in HOLDERS)
    placed = Placement.objects.filter(pool=pool, state="placed")
    due = sorted(((returning.due_on(row), row) for row in placed), key=_by_day)
    sources: list[tuple[date | None, str, int]] = [
        (today, kind_words("bank_reserve"), told.held_of("bank_reserve")),
        (today, kind_words("bank_out_in_transit"), -leaving),
        *(
            (on, f"{row.institution} {row.contract_no}", queries.balance_fen(pool, row.ref))
            for on, row in due
        ),
        *((None, kind_words(kind), told.held_of(kind)) for kind in _TO_COME),
        (None, kind_words("own_cover_due"), told.shortfall_fen),
    ]
    there = 0
    for nth, (on, source, amount) in enumerate(sources):
        if amount or not nth:
            there += amount
            yield on, source, amount, there, max(0, wanted - there)


def _by_day(one: tuple[date, Placement]) -> tuple[date, str]:
    return one[0], one[1].contract_no
