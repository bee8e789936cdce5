"""Matches the lines of a run pass by pass, each pass one statement over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from reserve_funds.custody.matching.passes import Pass, Relation

# what a fee of hundred-thousandths comes to in fen, half up, and half up of what is given back
FEE = "((greatest({0}, 0) + 500) / 1000 - (greatest(-({0}), 0) + 500) / 1000)"
NET = f"(fen - CASE WHEN is_left THEN {FEE.format('coalesce(fee, 0)')} ELSE 0 END)"

# The i-th of a key and amount on one side meets the i-th on the other.
_ONE = """
WITH l AS (
    SELECT line_id, pool, {left_key} AS k, {value} AS fen, fee, day,
           row_number() OVER (PARTITION BY pool, {left_key}{amount} ORDER BY {order}) AS place
      FROM custody_matching_here WHERE is_left AND {left_key} <> '' AND standing = 'stands'),
r AS (
    SELECT line_id, pool, {right_key} AS k, {value} AS fen, fee, day,
           row_number() OVER (PARTITION BY pool, {right_key}{amount} ORDER BY {order}) AS place
      FROM custody_matching_here WHERE NOT is_left AND {right_key} <> '' AND standing = 'stands'),
made AS (
    INSERT INTO custody_matching_link (relation, left_id, right_id, pass_no, run_id)
    SELECT %(relation)s, l.line_id, r.line_id, %(pass)s, %(run)s
      FROM l JOIN r ON r.pool = l.pool AND r.k = l.k AND r.place = l.place AND {agrees}
     WHERE abs(r.day - l.day) <= %(days)s {fees}
    RETURNING left_id, right_id)
"""
_SUM = """
WITH g AS (
    SELECT pool, k, hashtextextended(pool || ':' || k, %(relation)s) AS group_no
      FROM (SELECT pool, is_left, standing, day, fen, fee,
                   CASE WHEN is_left THEN {left_key} ELSE {right_key} END AS k
              FROM custody_matching_here) h
     WHERE k <> '' AND standing = 'stands'
     GROUP BY pool, k
    HAVING (bool_or(is_left) AND bool_or(NOT is_left) {or_nothing})
       AND abs({sum_right} - {sum_left}) <= %(fen)s
       AND max(day) - min(day) <= %(days)s),
m AS (
    SELECT h.line_id, h.is_left, g.pool, g.k, g.group_no,
           row_number() OVER (PARTITION BY g.pool, g.k, h.is_left ORDER BY day, source_id) AS place
      FROM g JOIN custody_matching_here h
        ON h.pool = g.pool
       AND CASE WHEN h.is_left THEN h.{left_key} ELSE h.{right_key} END = g.k
     WHERE h.standing = 'stands'),
made AS (
    INSERT INTO custody_matching_link (relation, left_id, right_id, group_no, pass_no, run_id)
    SELECT %(relation)s, l.line_id, r.line_id, coalesce(l.group_no, r.group_no), %(pass)s, %(run)s
      FROM (SELECT * FROM m WHERE is_left) l
      FULL JOIN (SELECT * FROM m WHERE NOT is_left) r
        ON r.pool = l.pool AND r.k = l.k AND r.place = l.place
    RETURNING left_id, right_id)
"""
_REST = """
INSERT INTO custody_matching_rest
SELECT h.* FROM custody_matching_here h
 WHERE NOT EXISTS (SELECT FROM (SELECT left_id AS id FROM made WHERE left_id IS NOT NULL
                                UNION ALL
                                SELECT right_id FROM made WHERE right_id IS NOT NULL) x
                    WHERE x.id = h.line_id)
"""
_AGAIN = """
TRUNCATE custody_matching_here;
INSERT INTO custody_matching_here SELECT * FROM custody_matching_rest;
TRUNCATE custody_matching_rest;
"""


def pair(cursor: CursorWrapper, relation: Relation, words: Mapping[str, Any]) -> list[int]:
    """Matches what can be matched; how many lines each pass took. The rest stays `here`."""
    taken = []
    before = _count(cursor)
    for number, one in enumerate(relation.passes, start=1):
        sql = _sum(relation, one) if one.kind == "sum" else _one(relation, one)
        given = {**words, "pass": number, "days": one.tolerance_days, "fen": one.tolerance_fen}
        cursor.execute(sql + _REST, given)
        cursor.execute(_AGAIN)
        after = _count(cursor)
        taken.append(before - after)
        before = after
    return taken


def sum_of(side: str, relation: Relation) -> str:
    """The sum of one side of a group in fen, fees taken off where the relation compares net."""
    fen = f"coalesce(sum(fen) FILTER (WHERE {side}), 0)"
    if relation.compares != "net" or side != "is_left":
        return f"{fen}::bigint"
    charged = "coalesce(sum(fee) FILTER (WHERE is_left AND fee > 0), 0)"
    returned = "coalesce(-sum(fee) FILTER (WHERE is_left AND fee < 0), 0)"
    fees = f"(({charged} + 500) / 1000)::bigint - (({returned} + 500) / 1000)::bigint"
    return f"({fen} - ({fees}))::bigint"


def value_of(relation: Relation) -> str:
    """What one line is worth when it is compared by itself."""
    return NET if relation.compares == "net" else "fen"


def _one(relation: Relation, one: Pass) -> str:
    exact = one.tolerance_fen == 0
    value = value_of(relation)
    fees = "" if relation.compares == "net" else ("AND NOT coalesce(r.fee <> l.fee, false)")
    return _ONE.format(
        left_key=one.left_key,
        right_key=one.right_key,
        value=value,
        amount=f", {value}" if exact else "",
        order="day, source_id" if exact else f"{value}, day, source_id",
        agrees="r.fen = l.fen" if exact else "abs(r.fen - l.fen) <= %(fen)s",
        fees=fees,
    )


def _sum(relation: Relation, one: Pass) -> str:
    return _SUM.format(
        left_key=one.left_key,
        right_key=one.right_key,
        sum_left=sum_of("is_left", relation),
        sum_right=sum_of("NOT is_left", relation),
        or_nothing="OR bool_and(is_left)" if relation.nothing_is_balanced else "",
    )


def _count(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT count(*) FROM custody_matching_here")
    return int(cursor.fetchone()[0])
