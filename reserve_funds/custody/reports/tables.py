"""Tables that several reports share: placements with their proof, dormant cards, statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from reserve_funds.custody.reports.spans import Proof
from reserve_funds.custody.reports.statistics import statistics
from reserve_funds.custody.reports.values import Table, count, day, fen, text
from reserve_funds.ledger import unusual

_OF_STATISTICS = ("fees", "subsidies", "matters")
_YEARS = (1, 3)


def placements(proofs: Iterable[Proof]) -> Table:
    """R11: each contract's principal, back, lost (owed by own money) and still there."""
    return Table(
        name="placements", zh="保本存放与本金证明", en="placements and their principal",
        columns=(text("合同号", "contract"), text("机构", "institution"), text("种类", "kind"),
                 day("到期日", "matures"), fen("存出本金", "placed"), fen("已收回", "back"),
                 fen("损失（自有资金承担）", "lost, borne by own money"), fen("在存", "there")),
        rows=[
            (one.contract_no, one.institution, one.kind, one.matures_on, one.placed_fen,
             one.back_fen, one.lost_fen, one.there_fen)
            for one in proofs
        ],
    )  # fmt: skip


def dormant(pool: int, at: date, known_at: datetime) -> Table:
    """R20: how many cards did not move for one and three years, and what they hold, all of it."""
    rows = []
    for years in _YEARS:
        cards = unusual.dormant(pool, at, known_at, before=at - timedelta(days=365 * years))
        rows.append((f"{years} 年以上 years", len(cards), sum(each.amount_fen for each in cards)))
    return Table(
        name="dormant", zh="长期未用卡", en="dormant cards",
        columns=(text("未用", "unused"), count("卡数", "cards"), fen("余额", "balance")), rows=rows,
    )  # fmt: skip


def of_statistics(pool: int, first: date, last: date, known_at: datetime) -> tuple[Table, ...]:
    """R28: fees by rule, subsidies by city, and what people had to end, of the span."""
    told = statistics(pool, first, last, known_at=known_at)
    return tuple(
        replace(table, name=f"statistics-{table.name}")
        for table in told.tables
        if table.name in _OF_STATISTICS
    )
