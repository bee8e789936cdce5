"""What a channel's bill and the bank say of its day, beside what the book is still owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from reserve_funds.custody.closing.values import Finding
from reserve_funds.ledger import as_known, pools

# Of each channel's day: its bill's lines, money and fee (thousandths of a fen), and what was paid.
_TOLD = """
SELECT l.batch, count(*) FILTER (WHERE l.side = 'bill'),
       coalesce(sum(l.settled_fen) FILTER (WHERE l.side = 'bill'), 0)::bigint,
       coalesce(sum(l.fee_in_100000) FILTER (WHERE l.side = 'bill'), 0)::bigint,
       coalesce(sum(l.amount_fen) FILTER (WHERE l.side = 'bank'), 0)::bigint
  FROM custody_matching_line l
 WHERE l.pool = %s AND l.batch = ANY(%s) AND l.is_current AND l.standing = 'stands'
   AND l.side IN ('bill', 'bank')
 GROUP BY l.batch
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDay:
    """A channel's settlement day: what the book is owed, and what bill and bank told of it.

    `fee_fen` is rounded once over the bill, as channels do; money back is negative everywhere.
    """

    batch: str
    day: date
    book_fen: int
    bill_lines: int
    bill_fen: int
    fee_fen: int
    paid_fen: int

    @property
    def due_fen(self) -> int:
        """What by bill and bank is still to come: gross until the payout, which leaves out fees."""
        return self.bill_fen - self.paid_fen - (self.fee_fen if self.paid_fen else 0)


def unsettled(pool: int, day: date, now: datetime) -> list[ChannelDay]:
    """Every channel's day up to `day` on which the book had something to receive at its end."""
    held = {
        each.owner: each.amount_fen
        for each in as_known.holdings(pool, "channel_receivable", day, now)
        if (settled := _day_of(each.owner)) is not None and settled <= day
    }
    told = _told(pool, list(held))
    return [
        ChannelDay(
            batch=batch, day=_day_of(batch) or day, book_fen=fen, bill_lines=lines, bill_fen=bill,
            fee_fen=(abs(fee) + 500) // 1000 * (1 if fee >= 0 else -1), paid_fen=paid,
        )
        for batch, fen in sorted(held.items())
        for lines, bill, fee, paid in [told.get(batch, (0, 0, 0, 0))]
    ]  # fmt: skip


def unbilled(pool: int, day: date, now: datetime) -> list[Finding]:
    """Channels' days with something to receive and not one line of a bill.

    The open day's own bill is not expected yet.
    """
    last = day if pools.cut_at(pool, day) is not None else day - timedelta(days=1)
    return [
        Finding(subject=each.batch, detail="no line of a bill was delivered",
                amount_fen=each.book_fen)
        for each in unsettled(pool, day, now)
        if each.day <= last and not each.bill_lines
    ]  # fmt: skip


def differing(pool: int, day: date, now: datetime) -> list[Finding]:
    """What the book is owed now by channels for days up to `day` that bill and bank say otherwise.

    A day without a bill is `unbilled`'s; lines that differ are matching's: here are the sums.
    """
    return [
        Finding(
            subject=each.batch,
            detail=f"book {each.book_fen}, bill {each.bill_fen}, fee {each.fee_fen},"
            f" paid {each.paid_fen}",
            amount_fen=each.due_fen - each.book_fen,
        )
        for each in unsettled(pool, pools.open_day(pool), now)
        if each.day <= day and each.bill_lines and each.due_fen != each.book_fen
    ]


def boxes(pool: int, day: date, now: datetime) -> list[Finding]:
    """What cash boxes hold that no bank has told of yet, each since when."""
    return [
        Finding(subject=f"box {each.owner}", detail=f"not banked since {each.since:%Y-%m-%d}"
                if each.since else "below zero", amount_fen=each.amount_fen)
        for each in as_known.holdings(pool, "cash_in_transit", day, now)
    ]  # fmt: skip


def _told(pool: int, batches: list[str]) -> dict[str, tuple[int, int, int, int]]:
    if not batches:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [pool, batches])
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in cursor.fetchall()}


def _day_of(owner: str) -> date | None:
    try:
        return date.fromisoformat(owner.rpartition(":")[2])
    except ValueError:
        return None
