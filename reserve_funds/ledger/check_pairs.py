"""Pairs of transfers: what one leg says of a mirrored account, the other must say of its mirror.

A leg that waits for the other in another pool's book is told apart from one that nobody answers
for: rooms that carry second legs register what they are carrying (`outbox`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from reserve_funds.ledger.check_figures import BookRule

# (pool, the pair's cross_id, what is there of it, by how many fen its two sides differ)
Row = tuple[int, str, str, int]
# Of these pairs: those with a leg that is surely on its way, each with its amount in fen.
Outbox = Callable[[Collection[UUID]], Mapping[UUID, int]]

_OUTBOXES: list[Outbox] = []

# A mirrored account names its mirror: the same owner in the other book, or the other pool. Whatever
# touches one without a pair is a pair of its own, of one leg. Reversals belong to their pair.
PAIRS = BookRule(
    name="pairs_are_whole",
    zh="成对转账缺少一方或两方不符",
    en="a pair of transfers lacks a leg or its legs differ",
    sql="""
WITH mirrored (name, relation, is_one, sign) AS (VALUES
    ('own_cover_due', 'cover due', true, 1), ('due_to_reserve', 'cover due', false, -1),
    ('own_income_in_reserve', 'own income', true, -1),
    ('due_from_reserve', 'own income', false, 1),
    ('pool_due_to', NULL, true, -1), ('pool_due_from', NULL, false, 1)
), side AS (
    SELECT a.pool, a.id, m.is_one, m.sign, CASE
               WHEN m.relation IS NOT NULL THEN m.relation || ' ' || a.owner
               WHEN m.is_one THEN a.pool || ' owes ' || a.owner
               ELSE a.owner || ' owes ' || a.pool END AS relation
      FROM ledger.account a
      JOIN ledger.account_kind k ON k.number = a.kind
      JOIN mirrored m ON m.name = k.name
     WHERE %(pool)s::integer IS NULL OR a.pool = %(pool)s
        OR (m.relation IS NULL AND a.owner = %(pool)s::text)
), leg AS (
    SELECT coalesce(t.cross_id, t.id) AS pair, s.pool, s.relation, s.is_one,
           s.sign * t.amount_fen AS fen
      FROM side s JOIN ledger.transfer t ON t.pool = s.pool AND t.debit_account = s.id
     WHERE t.act IN (1, 3)
    UNION ALL
    SELECT coalesce(t.cross_id, t.id), s.pool, s.relation, s.is_one, -s.sign * t.amount_fen
      FROM side s JOIN ledger.transfer t ON t.pool = s.pool AND t.credit_account = s.id
     WHERE t.act IN (1, 3)
), pair AS (
    SELECT l.pair, l.relation, min(l.pool) AS pool,
           coalesce(sum(l.fen) FILTER (WHERE l.is_one), 0) AS one,
           coalesce(sum(l.fen) FILTER (WHERE NOT l.is_one), 0) AS other
      FROM leg l GROUP BY l.pair, l.relation)
SELECT p.pool, p.pair::text, format('%%s: %%s fen, mirrored by %%s', p.relation, p.one, p.other),
       abs(p.one - p.other)::bigint
  FROM pair p WHERE p.one <> p.other
UNION ALL
SELECT min(t.pool), t.cross_id::text, format('%%s legs, %%s to %%s fen', count(*),
                                             min(t.amount_fen), max(t.amount_fen)), 0
  FROM ledger.transfer t
  JOIN ledger.account_kind d ON d.number = t.debit_kind
  JOIN ledger.account_kind c ON c.number = t.credit_kind
 WHERE t.cross_id IS NOT NULL AND t.reverses IS NULL AND t.act IN (1, 3)
   AND (%(pool)s::integer IS NULL OR t.pool = %(pool)s)
 GROUP BY t.cross_id
HAVING min(t.amount_fen) <> max(t.amount_fen)
    OR (count(*) = 1 AND NOT bool_or(EXISTS (SELECT FROM mirrored m
                                              WHERE m.name IN (d.name, c.name))))""",
)


def outbox(tell: Outbox) -> None:
    """From now on this room is asked about second legs that are not booked yet."""
    if tell not in _OUTBOXES:
        _OUTBOXES.append(tell)


def told_apart(rows: list[Row], again: Callable[[], list[Row]]) -> tuple[list[Row], list[Row]]:
    """(what nobody answers for, what is on its way), of the rows of `PAIRS`.

    Books and outboxes are not read at one moment: what looks broken is looked at twice (`again`),
    so that a leg booked in between is no false alarm.
    """
    broken, on_their_way = _split(rows)
    if broken:
        suspects = {row[:2] for row in broken}
        still, waiting = _split([row for row in again() if row[:2] in suspects])
        return still, on_their_way + waiting
    return broken, on_their_way


def _split(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    asked = {UUID(pair) for _pool, pair, _detail, fen in rows if fen}
    carried = (
        {pair: fen for tell in _OUTBOXES for pair, fen in tell(asked).items()} if asked else {}
    )
    broken, on_their_way = list[Row](), list[Row]()
    for row in rows:
        is_carried = row[3] and carried.get(UUID(row[1])) == row[3]
        (on_their_way if is_carried else broken).append(row)
    return broken, on_their_way
