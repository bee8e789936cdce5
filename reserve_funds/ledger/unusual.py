"""Accounts of a day that stand out: large movements, and cards that did not move for years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reserve_funds.chart import BY_NAME, Side
from reserve_funds.ledger.prepared import ask

_LARGE = """
SELECT a.owner, sum(x.amount_fen)::bigint, count(*), max(x.amount_fen)::bigint
  FROM ledger.transfer x
  JOIN ledger.account a ON a.pool = x.pool
       AND a.id = CASE WHEN %(debited)s THEN x.debit_account ELSE x.credit_account END
 WHERE x.pool = %(pool)s AND x.business_day = %(day)s AND x.act IN (1, 3)
   AND x.place >= ledger.day_floor(%(pool)s, %(day)s) AND x.created_at <= %(known_at)s
   AND CASE WHEN %(debited)s THEN x.debit_kind ELSE x.credit_kind END = %(kind)s
 GROUP BY a.owner HAVING sum(x.amount_fen) >= %(least)s
 ORDER BY 2 DESC, 1
"""
_DORMANT = (
    "SELECT owner, fen::bigint, last FROM ledger.dormant(%(pool)s::integer, %(kind)s::smallint,"
    " %(day)s::date, %(known_at)s::timestamptz, %(before)s::date)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """What came to one account in one day."""

    owner: str
    sum_fen: int
    lines: int
    largest_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dormant:
    """A card that holds something, and when it last moved."""

    owner: str
    amount_fen: int
    last: datetime


def large(pool: int, kind: str, day: date, known_at: datetime, least_fen: int) -> list[Large]:
    """Accounts of a kind to which at least `least_fen` came on the day, the largest first."""
    rows = ask(
        _LARGE,
        {
            "pool": pool,
            "day": day,
            "known_at": known_at,
            "least": least_fen,
            "kind": BY_NAME[kind].number,
            "debited": BY_NAME[kind].side is Side.DEBIT,
        },
    )
    return [Large(owner=o, sum_fen=s, lines=n, largest_fen=m) for o, s, n, m in rows]


def dormant(pool: int, day: date, known_at: datetime, *, before: date) -> list[Dormant]:
    """Cards that hold something and last moved on `before` or earlier, oldest first."""
    rows = ask(
        _DORMANT,
        {
            "pool": pool,
            "day": day,
            "known_at": known_at,
            "before": before,
            "kind": BY_NAME["card_purse"].number,
        },
    )
    return [Dormant(owner=owner, amount_fen=fen, last=last) for owner, fen, last in rows]
