"""过期与长期未用余额 (R20, R21): cards past their end, and cards that did not move for years.

A report and nothing else: what a card holds is never forfeited. An expired one is renewed, or
redeemed; until then its balance is owed as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.clock import start_of_day
from gateway.card_service import listing
from gateway.card_service.models import ListEntry
from reserve_funds.custody.reports import lists, values
from reserve_funds.custody.reports.values import EVER, Cell, Report, Table
from reserve_funds.custody.reports.words import masked
from reserve_funds.ledger import as_known

_PURSE = "card_purse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A card that holds something after the day until which it was good."""

    asn: str
    until: date
    amount_fen: int


def expired(pool: int, day: date, *, known_at: datetime = EVER) -> list[Expired]:
    """Cards of a pool that hold something at the end of `day` and were good until a day before.

    Oldest first; both the book and the list of renewals as known at `known_at`.
    A card's end is known here from its renewals alone: what its chip says is not kept.
    """
    renewed = ListEntry.objects.filter(
        pool=pool, act=listing.RENEWED, made_at__lte=known_at, since__lt=_midnight_after(day)
    )
    newest = renewed.order_by("asn", "-version").distinct("asn").values_list("asn", "until")
    ended = {asn: until for asn, until in newest if until is not None and until < day}
    if not ended:
        return []
    found = [
        Expired(asn=held.owner, until=ended[held.owner], amount_fen=held.amount_fen)
        for held in as_known.holdings(pool, _PURSE, day, known_at)
        if held.owner in ended and held.amount_fen > 0
    ]
    return sorted(found, key=lambda one: (one.until, one.asn))


def report(pool: int, day: date, *, known_at: datetime = EVER) -> Report:
    """All of them in one: how many and how much, the expired ones, the dormant ones."""
    ended = expired(pool, day, known_at=known_at)
    asleep = [
        Table(name=one.name, zh=one.zh, en=one.en, columns=one.columns, rows=list(one.rows))
        for one in lists.dormant(pool, day, known_at=known_at).tables
    ]
    summed: list[tuple[Cell, ...]] = [
        (
            "已过期 expired",
            len(ended),
            sum(one.amount_fen for one in ended),
            "延期或赎回 renew or redeem",
        )
    ]
    for table in asleep:
        rows = list(table.rows)
        held_fen = sum(int(row[1]) for row in rows if isinstance(row[1], int))
        summed.append((f"{table.zh} {table.en}", len(rows), held_fen, "仍可使用 usable as ever"))
    return Report(
        name="idle", zh="过期与长期未用余额", en="Expired and dormant balances", pool=pool,
        first=day, last=day, known_at=known_at,
        tables=(
            Table(
                name="sum", zh="合计，余额从不作废", en="nothing is ever forfeited", rows=summed,
                columns=(values.text("分类", "kind"), values.count("卡数", "cards"),
                         values.fen("余额", "balance"), values.text("怎样处理", "what to do")),
            ),
            Table(
                name="expired", zh="已过期", en="past the end of its renewal",
                columns=(values.text("卡", "card"), values.fen("余额", "balance"),
                         values.day("有效期至", "good until")),
                rows=[(masked(_PURSE, one.asn), one.amount_fen, one.until) for one in ended],
            ),
            *asleep,
        ),
    )  # fmt: skip


def _midnight_after(day: date) -> datetime:
    return start_of_day(day + timedelta(days=1))
