"""What every account of the reserve book comes to, holder by holder, now or at a past moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from reserve_funds.chart import BY_NUMBER
from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.values import Ref, ref_of

_COVERAGE = (
    "SELECT pool, kind, owner, day, positive::bigint, negative::bigint, accounts"
    " FROM ledger.coverage(%s::integer, %s::timestamptz)"
    " ORDER BY pool, kind, owner, day NULLS FIRST"
)
_HOLDERS = (
    "SELECT h.kind, a.owner::text, h.balance_fen"
    " FROM ledger.holders(%s::integer, %s::timestamptz) h"
    " JOIN ledger.account a ON a.pool = h.pool AND a.id = h.account"
    " JOIN ledger.account_kind k ON k.number = h.kind AND k.side = 'credit'"
    " ORDER BY h.kind, a.owner"
)
_CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line of coverage: a kind of liability, or one account of where money lies or is due.

    `owner` is None for liabilities, `day` is set on lines that tell of which day a part of such an
    account is. `positive_fen` >= 0 and `negative_fen` <= 0 are never netted.
    """

    pool: int
    kind: str
    owner: str | None
    day: date | None
    positive_fen: int
    negative_fen: int
    accounts: int


def coverage(pool: int | None, at: datetime | None) -> list[Part]:
    """Every line of coverage of one pool (None: of all), as the book knew it at `at` (None: now).

    One statement, one snapshot, bottom-up: each account's balance first, then the sums.
    """
    return [
        Part(
            pool=row[0],
            kind=BY_NUMBER[row[1]].name,
            owner=row[2],
            day=row[3],
            positive_fen=row[4],
            negative_fen=row[5],
            accounts=row[6],
        )
        for row in ask(_COVERAGE, [pool, at])
    ]


def owed(pool: int, at: datetime | None = None) -> Iterator[tuple[Ref, int]]:
    """Every liability account of a pool that is not at zero and its balance, by kind and owner.

    Streamed: a pool with a million holders is never held in memory at once.
    """
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_HOLDERS, [pool, at])
        while rows := cursor.fetchmany(_CHUNK):
            for kind, owner, fen in rows:
                yield ref_of(kind, owner), fen


def fold() -> int:
    """Folds what is new into the holders' balances; how many accounts had moved."""
    return int(ask("SELECT ledger.fold_holders()", [])[0][0])
