"""Lists of a day: what waits and since when, what is on its way, what is large or nearly so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from accounts.clock import business_day
from reserve_funds.custody.cases import near as near_payers
from reserve_funds.custody.reports.values import (
    EVER,
    Cell,
    Report,
    Table,
    count,
    fen,
    moment,
    text,
)
from reserve_funds.custody.reports.words import kind_words, masked
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.ledger import as_known, unusual

# 账龄 in days: from, and up to
AGES = ((0, 0), (1, 3), (4, 7), (8, 30), (31, 90), (91, 365), (366, None))
_PAID = ("R26", "received")
_AGED = (text("归属", "whose"), fen("金额", "amount"), moment("起始", "since"),
         count("天数", "days"))  # fmt: skip
_WAITING = (
    "unloaded_orders", "refunds_in_flight", "cash_in_transit", "own_cover_due",
    "channel_receivable",
)  # fmt: skip


def waiting(pool: int, day: date, *, known_at: datetime = EVER) -> Report:
    """Orders not on a card, refunds and cash on their way, own cover due, channels' days not paid
    out, and loads whose outcome nobody knows: each with its age."""
    return Report(
        name="waiting", zh="在途与待处理清单", en="What waits and is on its way", pool=pool,
        first=day, last=day, known_at=known_at,
        tables=(
            *(
                Table(name=kind, zh=kind_words(kind), en="oldest first", columns=_AGED,
                      rows=_aged(pool, kind, day, known_at))
                for kind in _WAITING
            ),
            Table(name="doubts", zh="未决圈存", en="loads in doubt, oldest first", columns=_AGED,
                  rows=_doubts(pool, day, known_at)),
        ),
    )  # fmt: skip


def ageing(
    pool: int, kind: str, day: date, *, known_at: datetime = EVER
) -> list[tuple[int, int | None, int, int]]:
    """(from days, to days, how many accounts, fen) of every band of age."""
    bands: dict[tuple[int, int | None], list[int]] = {band: [] for band in AGES}
    for held in as_known.holdings(pool, kind, day, known_at):
        days = _days(held.since, day)
        for low, high in AGES:
            if days >= low and (high is None or days <= high):
                bands[low, high].append(held.amount_fen)
    return [(low, high, len(fens), sum(fens)) for (low, high), fens in bands.items()]


def large(pool: int, day: date, *, known_at: datetime = EVER) -> Report:
    """R16, R26: payments, cash and loads of a day from nine tenths of a threshold up.

    Thresholds are the profile's. A card's loads and a cash box's notes of the day are put
    together; a payer's payments are where they look cut to stay below the threshold. The book does
    not know whether a person or an entity paid: whoever reaches the person's threshold of R26 is
    listed, and who reaches the entity's too is marked so.
    """
    profile = profile_of(pool, day)
    real_name, large_value = profile.rule("R16"), profile.rule("R26")
    entity = large_value.number("entity_fen") if large_value else None
    limits = []
    if real_name is not None:
        near = real_name.number("real_name_fen") * real_name.number("near_per_mille") // 1000
        limits += [("R16", kind, near, real_name.number("real_name_fen"))
                   for kind in ("received", "card_purse")]  # fmt: skip
    if large_value is not None:
        limits += [("R26", "received", each, each)
                   for each in (large_value.number("person_fen"),)]  # fmt: skip
        limits += [("R26", "cash_in_transit", large_value.number("cash_fen"),
                    large_value.number("cash_fen"))]  # fmt: skip
    return Report(
        name="large", zh="大额与临近限额清单", en="Large and nearly large", pool=pool, first=day,
        last=day, known_at=known_at,
        tables=(*(_payers(pool, day, known_at) if real_name is not None else ()), *(
            Table(
                name=f"{rule}-{kind}", zh=f"{rule} {kind_words(kind)}", en=f"from {near} fen",
                columns=(text("归属", "whose"), fen("当日合计", "of the day"),
                         count("笔数", "lines"), fen("最大一笔", "largest"),
                         text("达到限额", "reaches the limit")),
                rows=[
                    (masked(kind, each.owner), each.sum_fen, each.lines, each.largest_fen,
                     _reached(each.sum_fen, limit, entity if (rule, kind) == _PAID else None))
                    for each in unusual.large(pool, kind, day, known_at, near)
                ],
            )
            for rule, kind, near, limit in limits
        )),
    )  # fmt: skip


def _payers(pool: int, day: date, known_at: datetime) -> tuple[Table, ...]:
    return (
        Table(
            name="R16-payers", zh="R16 疑似拆分付款", en="looks cut to stay below the threshold",
            columns=(text("付款人", "payer"), fen("当日合计", "of the day"),
                     count("笔数", "payments"), fen("最大一笔", "largest")),
            rows=[
                (each.payer, each.sum_fen, each.payments, each.largest_fen)
                for each in near_payers.of_day(pool, day, known_at)
            ],
        ),
    )  # fmt: skip


def dormant(pool: int, day: date, *, known_at: datetime = EVER) -> Report:
    """R20: cards that hold money and did not move for one and three years. Nothing is forfeited."""
    return Report(
        name="dormant", zh="长期未用卡", en="Dormant cards", pool=pool, first=day, last=day,
        known_at=known_at,
        tables=tuple(
            Table(
                name=f"dormant-{years}", zh=f"{years} 年以上未用", en=f"more than {years} years",
                columns=(text("卡", "card"), fen("余额", "balance"), moment("最近", "last")),
                rows=(
                    (masked("card_purse", each.owner), each.amount_fen, each.last)
                    for each in unusual.dormant(
                        pool, day, known_at, before=day - timedelta(days=365 * years)
                    )
                ),
            )
            for years in (1, 3)
        ),
    )  # fmt: skip


def _aged(pool: int, kind: str, day: date, known_at: datetime) -> Iterator[tuple[Cell, ...]]:
    for held in as_known.holdings(pool, kind, day, known_at):
        yield masked(kind, held.owner), held.amount_fen, held.since, _days(held.since, day)


def _doubts(pool: int, day: date, known_at: datetime) -> list[tuple[Cell, ...]]:
    return [
        (each.owner, each.amount_fen, each.event_at, _days(each.event_at, day))
        for each in as_known.unresolved(pool, day, known_at)
    ]


def _reached(sum_fen: int, limit: int, entity: int | None) -> str:
    if sum_fen < limit:
        return "临近 near"
    return "是, 含单位 yes, entity" if entity is not None and sum_fen >= entity else "是 yes"


def _days(since: datetime | None, day: date) -> int:
    return 0 if since is None else max(0, (day - business_day(since)).days)
