"""Who takes part in a run: what was delivered since, what is left over, and whom they touch.

A new line may change what older lines of the same key were matched with, so those are let go and
matched anew together: the outcome then follows from the facts, never from their order of arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from reserve_funds.custody.matching.passes import Relation

_ROUNDS = 20  # of widening; a chain of shared keys that is longer is matched as far as that

_FRESH_KEYS = """
SELECT DISTINCT f.pool, CASE f.side WHEN %(left)s THEN f.{left_key} ELSE f.{right_key} END AS k
  FROM custody_matching_line f
 WHERE f.delivery_id = ANY(%(fresh)s) AND f.side IN (%(left)s, %(right)s)
"""
_TOUCHED_KEYS = """
SELECT DISTINCT f.pool, CASE f.side WHEN %(left)s THEN f.{left_key} ELSE f.{right_key} END AS k
  FROM custody_matching_touched t JOIN custody_matching_line f ON f.id = t.line_id
"""
_OF_KEYS = """
INSERT INTO custody_matching_touched
SELECT o.id FROM ({keys}) s
  JOIN custody_matching_line o ON o.pool = s.pool AND o.{left_key} = s.k AND o.{left_key} <> ''
 WHERE o.side = %(left)s AND o.is_current AND o.delivery_id <> ALL(%(fresh)s)
UNION
SELECT o.id FROM ({keys}) s
  JOIN custody_matching_line o ON o.pool = s.pool AND o.{right_key} = s.k AND o.{right_key} <> ''
 WHERE o.side = %(right)s AND o.is_current AND o.delivery_id <> ALL(%(fresh)s)
ON CONFLICT DO NOTHING
"""
# a version that is no longer current holds nobody any more
_UNHELD = """
INSERT INTO custody_matching_touched
SELECT l.id FROM custody_matching_line l
 WHERE l.superseded_by = ANY(%(fresh)s) AND l.side IN (%(left)s, %(right)s)
ON CONFLICT DO NOTHING
"""
# what people matched stays matched while every line of it is as they saw it
_BY_HAND = """
SELECT l.id, bool_and(l.version = m.version) OVER (PARTITION BY m.decision_id)
  FROM custody_matching_manual m
  JOIN custody_matching_line l ON l.is_current AND l.side = m.side AND l.source_id = m.source_id
 WHERE m.relation = %(relation)s AND m.ended_by_id IS NULL AND l.pool = ANY(%(pools)s)
"""
_BROKEN = """
INSERT INTO custody_matching_touched SELECT unnest(%(broken)s::bigint[]) ON CONFLICT DO NOTHING
"""
_LET_GO = """
WITH held AS (
    SELECT k.id, k.group_no FROM custody_matching_link k
      JOIN custody_matching_touched t ON k.left_id = t.line_id
     WHERE k.relation = %(relation)s
    UNION
    SELECT k.id, k.group_no FROM custody_matching_link k
      JOIN custody_matching_touched t ON k.right_id = t.line_id
     WHERE k.relation = %(relation)s),
-- two joins rather than one OR, which would read every link there is
whole AS (
    SELECT id FROM held
    UNION
    SELECT k.id FROM (SELECT DISTINCT group_no FROM held WHERE group_no IS NOT NULL) g
      JOIN custody_matching_link k ON k.group_no = g.group_no
     WHERE k.relation = %(relation)s),
gone AS (
    DELETE FROM custody_matching_link k USING whole WHERE k.id = whole.id
    RETURNING k.left_id, k.right_id)
INSERT INTO custody_matching_touched
SELECT left_id FROM gone WHERE left_id IS NOT NULL
UNION SELECT right_id FROM gone WHERE right_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
_HERE = """
INSERT INTO custody_matching_here
SELECT l.side = %(left)s, l.id, l.pool, l.source_id, l.key, l.number, l.batch, l.story,
       {measure}, l.fee_in_100000, l.standing, l.day, l.known_at, l.version
  FROM custody_matching_line l
 WHERE l.is_current AND l.side IN (%(left)s, %(right)s)
   AND {which} AND ({keys})
   AND l.id <> ALL(%(by_hand)s)
"""
_MEASURES: Mapping[str, str] = {
    "amount": "l.amount_fen",
    "net": "CASE WHEN l.side = %(left)s THEN l.settled_fen ELSE l.amount_fen END",
}
_OLD = """l.delivery_id <> ALL(%(fresh)s)
   AND l.id IN (SELECT line_id FROM custody_matching_touched
                UNION SELECT o.line_id FROM custody_matching_leftover o
                       WHERE o.relation = %(relation)s AND o.pool = ANY(%(pools)s))"""
_FRESH = "l.delivery_id = ANY(%(fresh)s)"


def gather(cursor: CursorWrapper, relation: Relation, words: Mapping[str, Any]) -> None:
    """Fills `custody_matching_here` with every line that takes part in this relation now."""
    cursor.execute("TRUNCATE custody_matching_here, custody_matching_touched")
    if words["is_first"]:
        _take(cursor, relation, _FRESH, {**words, "by_hand": []})
        return
    cursor.execute(_BY_HAND, words)
    found = cursor.fetchall()
    words = {**words, "by_hand": [line for line, whole in found if whole]}
    cursor.execute(_BROKEN, {"broken": [line for line, whole in found if not whole]})
    cursor.execute(_UNHELD, words)
    _widen(cursor, relation, _FRESH_KEYS, words)
    cursor.execute(_LET_GO, words)
    for _ in range(_ROUNDS):
        if not _widen(cursor, relation, _TOUCHED_KEYS, words):
            break
        cursor.execute(_LET_GO, words)
    _take(cursor, relation, _FRESH, words)
    _take(cursor, relation, _OLD, words)


def _widen(cursor: CursorWrapper, relation: Relation, keys: str, words: Mapping[str, Any]) -> int:
    """Touches every older line that shares a key of any pass with these; how many more."""
    more = 0
    for one in relation.passes:
        names = {"left_key": one.left_key, "right_key": one.right_key}
        cursor.execute(_OF_KEYS.format(keys=keys.format(**names), **names), words)
        more += cursor.rowcount
    return more


def _take(cursor: CursorWrapper, relation: Relation, which: str, words: Mapping[str, Any]) -> None:
    keys = " OR ".join(
        f"CASE WHEN l.side = %(left)s THEN l.{one.left_key} ELSE l.{one.right_key} END <> ''"
        for one in relation.passes
    )
    measure = _MEASURES[relation.compares]
    cursor.execute(_HERE.format(measure=measure, which=which, keys=keys), words)
