"""The accounts of one kind in a pool, page by page, and an account by its id."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from reserve_funds.chart import BY_NAME
from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.values import Ref, ref_of

_ACCOUNTS = """
SELECT a.id, a.owner::text, x.fen::bigint
  FROM ledger.account a
  LEFT JOIN LATERAL ledger.totals(a.pool, a.id) t ON NOT a.guarded
 CROSS JOIN LATERAL (
       SELECT (CASE WHEN a.guarded THEN a.debit_posted - a.credit_posted
                    ELSE t.debit_posted - t.credit_posted END)
              * (CASE a.side WHEN 'debit' THEN 1 ELSE -1 END) AS fen) x
 WHERE a.pool = %s AND a.kind = %s AND a.owner > %s AND x.fen <> 0
 ORDER BY a.owner LIMIT %s
"""
_ONE = "SELECT kind, owner::text FROM ledger.account WHERE pool = %s AND id = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One account that is not at zero; `fen` on its own side."""

    id: UUID
    ref: Ref
    fen: int


def accounts(pool: int, kind: str, *, after: str = "", limit: int = 50) -> list[Listed]:
    """Accounts of a kind that are not at zero, by owner, those after `after`. One question."""
    number = BY_NAME[kind].number
    return [
        Listed(id=row[0], ref=Ref(kind=kind, owner=row[1]), fen=row[2])
        for row in ask(_ACCOUNTS, [pool, number, after, limit])
    ]


def account_of(pool: int, account_id: UUID) -> Ref | None:
    """Which account of a pool has this id; None when it has none."""
    for kind, owner in ask(_ONE, [pool, account_id]):
        return ref_of(kind, owner)
    return None


def id_of(pool: int, ref: Ref) -> UUID:
    """The id that this account has, or would have: as `ledger.account_id` makes it."""
    words = f"{pool}/{ref.in_chart.number}/{ref.owner}"
    return UUID(bytes=hashlib.sha256(words.encode()).digest()[:16])
