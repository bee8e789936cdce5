"""What the book has done lately, told so that another handbook or other limits can judge it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from reserve_funds.chart import BY_NAME
from reserve_funds.ledger.prepared import ask

_WITHOUT_RULE = """
SELECT t.code, was.purpose, count(*), sum(t.amount_fen)::bigint, min(t.business_day),
       max(t.business_day)
  FROM ledger.transfer t
  LEFT JOIN ledger.posting_rule was ON was.profile = t.profile AND was.code = t.code
       AND was.debit_kind = t.debit_kind AND was.credit_kind = t.credit_kind
 WHERE t.pool = %(pool)s AND t.business_day >= %(since)s AND t.act IN (1, 2)
   AND NOT EXISTS (
       SELECT FROM ledger.posting_rule r
        WHERE r.profile = %(profile)s AND r.code = t.code AND r.debit_kind = t.debit_kind
          AND r.credit_kind = t.credit_kind AND r.needs_approval = t.needs_approval)
 GROUP BY t.code, was.purpose ORDER BY t.code
"""
# Every load since, with what the card's account came to just after it and the cash behind it.
_LOADS = """
WITH card AS (
    SELECT DISTINCT t.credit_account AS id
      FROM ledger.transfer t
     WHERE t.pool = %(pool)s AND t.business_day >= %(since)s AND t.code = 'load'
       AND t.act IN (1, 3)),
moved AS (
    SELECT c.id AS card, t.id, t.code, t.act, t.debit_account, t.amount_fen, t.event_at,
           t.business_day, t.place, t.created_at,
           sum(CASE WHEN t.credit_account = c.id THEN t.amount_fen ELSE -t.amount_fen END)
               OVER (PARTITION BY c.id ORDER BY t.business_day, t.place, t.created_at, t.id)
               AS change
      FROM card c JOIN ledger.transfer t
        ON t.pool = %(pool)s AND c.id IN (t.debit_account, t.credit_account)
       AND t.business_day >= %(since)s AND t.act IN (1, 3))
SELECT m.id, a.owner::text, m.amount_fen::bigint, m.event_at,
       (o.credit_posted - o.debit_posted + m.change)::bigint,
       coalesce(cash.fen, 0)::bigint
  FROM moved m
  JOIN ledger.account a ON a.pool = %(pool)s AND a.id = m.card
 CROSS JOIN LATERAL ledger.totals_before(%(pool)s, m.card, %(since)s) o
  LEFT JOIN LATERAL (
      SELECT sum(taken.amount_fen) AS fen
        FROM ledger.transfer allocated
        JOIN ledger.transfer taken ON taken.pool = %(pool)s
         AND taken.credit_account = allocated.debit_account AND taken.code = 'cash_accepted'
       WHERE allocated.pool = %(pool)s AND allocated.credit_account = m.debit_account
         AND allocated.code = 'payment_allocated') cash ON true
 WHERE m.code = 'load'
 ORDER BY a.owner, m.business_day, m.place, m.created_at, m.id
"""
_STANDING = """
SELECT a.owner::text, abs(a.debit_posted - a.credit_posted)::bigint FROM ledger.account a
 WHERE a.pool = %(pool)s AND a.kind = %(kind)s AND a.debit_posted <> a.credit_posted
 ORDER BY a.owner
"""
_CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Transfers of one code that another handbook has no rule for."""

    code: str
    purpose: str | None
    count: int
    amount_fen: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One load of a card: the card's balance in the book just after it, the cash that paid it."""

    transfer_id: UUID
    asn: str
    amount_fen: int
    event_at: datetime
    balance_fen: int
    cash_fen: int


def without_rule(pool: int, profile: str, since: date) -> list[Foreign]:
    """What was posted or held since that day and has no rule in this profile's handbook."""
    rows = ask(_WITHOUT_RULE, {"pool": pool, "profile": profile, "since": since})
    return [
        Foreign(
            code=code, purpose=purpose, count=count, amount_fen=fen, first_day=first, last_day=last
        )
        for code, purpose, count, fen, first, last in rows
    ]


def loads(pool: int, since: date) -> Iterator[Loaded]:
    """Every load booked since that day, card by card in their order; streamed."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_LOADS, {"pool": pool, "since": since})
        while rows := cursor.fetchmany(_CHUNK):
            for transfer_id, asn, amount_fen, event_at, balance_fen, cash_fen in rows:
                yield Loaded(
                    transfer_id=transfer_id,
                    asn=asn,
                    amount_fen=amount_fen,
                    event_at=event_at,
                    balance_fen=balance_fen,
                    cash_fen=cash_fen,
                )


def standing(pool: int, kind: str) -> list[tuple[str, int]]:
    """Every account of a guarded kind that is not at zero: its owner and its balance."""
    if not BY_NAME[kind].guarded:
        raise ValueError(f"{kind} keeps no running total")
    rows = ask(_STANDING, {"pool": pool, "kind": BY_NAME[kind].number})
    return [(owner, fen) for owner, fen in rows]
