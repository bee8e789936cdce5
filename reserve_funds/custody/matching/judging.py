"""Says of every line that found no partner whether it waits or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from reserve_funds.custody.matching.pairing import FEE, sum_of, value_of
from reserve_funds.custody.matching.passes import Pass, Relation
from reserve_funds.custody.matching.values import Sort

MOST_SHOWN = 50  # lines of each side that a difference's evidence names

# the i-th of a key on one side meets the i-th on the other although they do not agree
_MEET = """
WITH h AS (
    SELECT is_left, line_id, pool, CASE WHEN is_left THEN {left_key} ELSE {right_key} END AS k,
           row_number() OVER (
               PARTITION BY pool, is_left, CASE WHEN is_left THEN {left_key} ELSE {right_key} END
               ORDER BY standing = 'stands' DESC, {value}, day, source_id) AS place
      FROM custody_matching_here
     WHERE CASE WHEN is_left THEN {left_key} ELSE {right_key} END <> ''
       AND NOT EXISTS (SELECT FROM custody_matching_met
                        WHERE left_id = line_id OR right_id = line_id))
INSERT INTO custody_matching_met
SELECT l.line_id, r.line_id FROM h l
  JOIN h r ON r.pool = l.pool AND r.k = l.k AND r.place = l.place AND NOT r.is_left
 WHERE l.is_left
"""
_MET = """
INSERT INTO custody_matching_finding
SELECT custody_matching_id(least(day, r_day), %(name)s || '|' || pool || '|' || sort
                           || '|' || about),
       pool, sort, about, least(day, r_day), value_fen, diff_fen, evidence
  FROM (SELECT l.pool, %(left)s || ':' || l.source_id AS about, l.day, r.day AS r_day,
               CASE
                 WHEN l.standing <> 'stands' AND r.standing <> 'stands' THEN NULL
                 WHEN l.standing <> 'stands' OR r.standing <> 'stands'
                      OR sign({lvalue}) <> sign({rvalue}) THEN %(state)s
                 WHEN {rvalue} > {lvalue} THEN %(right_more)s
                 WHEN {rvalue} < {lvalue} THEN %(right_less)s
                 WHEN {compares_fee} AND r.fee <> l.fee THEN %(fee_sort)s
                 ELSE %(period)s END AS sort,
               CASE
                 WHEN l.standing <> 'stands' THEN abs({rvalue})
                 WHEN r.standing <> 'stands' THEN abs({lvalue})
                 WHEN {rvalue} <> {lvalue} THEN abs({rvalue} - {lvalue})
                 WHEN {compares_fee} AND r.fee <> l.fee
                      THEN greatest(1, abs({fee_diff}))
                 ELSE 0 END AS value_fen,
               CASE
                 WHEN l.standing <> 'stands' THEN {rvalue}
                 WHEN r.standing <> 'stands' THEN -({lvalue})
                 WHEN {rvalue} = {lvalue} AND {compares_fee} AND r.fee <> l.fee
                      THEN -({fee_diff})
                 ELSE {rvalue} - {lvalue} END AS diff_fen,
               jsonb_build_object(
                   'left', jsonb_build_array(jsonb_build_array(l.source_id, l.version, {lvalue})),
                   'right', jsonb_build_array(jsonb_build_array(r.source_id, r.version, {rvalue})),
                   'left_fen', {lvalue}, 'right_fen', {rvalue},
                   'left_lines', 1, 'right_lines', 1) AS evidence,
               greatest(l.known_at, r.known_at) AS known_at
          FROM custody_matching_met m
          JOIN custody_matching_here l ON l.line_id = m.left_id
          JOIN custody_matching_here r ON r.line_id = m.right_id) x
 WHERE sort IS NOT NULL AND known_at + %(grace)s <= %(now)s
"""
_FINISHED = """
  EXISTS (SELECT FROM custody_matching_line o
           WHERE o.pool = h.pool AND o.side = CASE WHEN h.is_left THEN %(left)s ELSE %(right)s END
             AND o.is_current AND o.id <> h.line_id
             AND CASE WHEN h.is_left THEN h.{left_key} ELSE h.{right_key} END <> ''
             AND o.{key} = h.{key} AND o.{key} <> '' AND h.is_left = {is_left}
             AND (EXISTS (SELECT FROM custody_matching_link k WHERE k.relation = %(relation)s
                             AND k.{end} = o.id)
                  OR EXISTS (SELECT FROM custody_matching_met t WHERE t.{end} = o.id)))
"""
_ALONE = """
WITH alone AS (
    SELECT h.*, {value} AS worth, CASE WHEN h.is_left THEN %(left)s ELSE %(right)s END AS side,
           ({twice}) AS is_twice,
           {no_file} AS no_file
      FROM custody_matching_here h
     WHERE h.standing = 'stands' {only}
       AND NOT EXISTS (SELECT FROM custody_matching_met WHERE left_id = h.line_id)
       AND NOT EXISTS (SELECT FROM custody_matching_met WHERE right_id = h.line_id)),
judged AS (
    SELECT a.*,
           CASE WHEN is_twice THEN %(duplicate)s
                WHEN day >= %(waits_since)s THEN NULL
                WHEN no_file THEN %(no_file)s
                WHEN is_left THEN %(left_alone)s ELSE %(right_alone)s END AS sort
      FROM alone a),
called AS (
    SELECT j.*, CASE WHEN sort = %(no_file)s THEN 'batch:' || batch
                     ELSE side || ':' || source_id END AS about
      FROM judged j WHERE sort IS NOT NULL)
INSERT INTO custody_matching_finding
SELECT custody_matching_id(min(day), %(name)s || '|' || pool || '|' || sort || '|' || about),
       pool, sort, about, min(day), abs(sum(worth))::bigint,
       sum(CASE WHEN is_left THEN -worth ELSE worth END)::bigint,
       {evidence}
  FROM called GROUP BY pool, sort, about
"""
_SUMS = """
WITH h AS (
    SELECT x.*, {value} AS worth,
           CASE WHEN is_left THEN {left_key} ELSE {right_key} END AS k
      FROM custody_matching_here x
     WHERE standing <> 'void'
       AND NOT EXISTS (SELECT FROM custody_matching_met WHERE left_id = x.line_id)
       AND NOT EXISTS (SELECT FROM custody_matching_met WHERE right_id = x.line_id)),
g AS (
    SELECT pool, k, min(day) AS day, max(day) AS last_day, max(known_at) AS known_at,
           {sum_left} AS left_fen, {sum_right} AS right_fen,
           count(*) FILTER (WHERE stands AND is_left) AS left_lines,
           count(*) FILTER (WHERE stands AND NOT is_left) AS right_lines,
           coalesce(sum(CASE WHEN is_left THEN -fen ELSE fen END) FILTER (WHERE NOT stands), 0)
               AS promised_fen,
           coalesce(abs(sum(fee) FILTER (WHERE stands AND is_left)), 0)::bigint / 1000 + 1
               AS fee_fen,
           array_agg(fen) FILTER (WHERE stands AND NOT is_left) AS right_each,
           {evidence_lists}
      FROM (SELECT h.*, standing = 'stands' AS stands FROM h) h
     WHERE k <> '' GROUP BY pool, k),
judged AS (
    SELECT g.*, right_fen - left_fen AS diff_fen,
           CASE
             WHEN left_lines + right_lines = 0 THEN NULL
             WHEN right_fen - left_fen + promised_fen = 0 THEN NULL
             WHEN right_lines > 1 AND right_fen - left_fen = ANY(right_each)
                  AND known_at + %(grace)s <= %(now)s THEN %(duplicate)s
             WHEN %(urgent)s AND right_fen > left_fen THEN
                  CASE WHEN known_at + %(grace)s <= %(now)s THEN %(right_more)s END
             WHEN last_day >= %(waits_since)s THEN NULL
             WHEN right_lines = 0 THEN %(left_alone)s
             WHEN left_lines = 0 THEN %(right_alone)s
             WHEN %(small_is_fee)s AND abs(right_fen - left_fen) <= fee_fen THEN %(fee_sort)s
             WHEN right_fen > left_fen THEN %(right_more)s
             WHEN right_fen < left_fen THEN %(right_less)s
             ELSE %(period)s END AS sort
      FROM g)
INSERT INTO custody_matching_finding
SELECT custody_matching_id(day, %(name)s || '|' || pool || '|' || sort || '|' || %(by)s || k),
       pool, sort, %(by)s || k, day, abs(diff_fen), diff_fen,
       jsonb_build_object('left', coalesce(lefts, '[]'), 'right', coalesce(rights, '[]'),
                          'left_fen', left_fen, 'right_fen', right_fen,
                          'left_lines', left_lines, 'right_lines', right_lines)
  FROM judged WHERE sort IS NOT NULL
"""
_NAMED = "jsonb_build_array(source_id, version, fen)"
_SHOWN = (
    f"to_jsonb((array_agg({_NAMED} ORDER BY day, source_id) FILTER (WHERE {{side}}{{stands}}))"
    f"[1:{MOST_SHOWN}])"
)


def judge(cursor: CursorWrapper, relation: Relation, words: Mapping[str, Any]) -> None:
    """Fills `custody_matching_finding` with everything that is wrong in what is left `here`."""
    cursor.execute("TRUNCATE custody_matching_met, custody_matching_finding")
    given = {**words, **_sorts(relation)}
    singles = [one for one in relation.passes if one.kind == "one"]
    for one in singles:
        cursor.execute(
            _MEET.format(left_key=one.left_key, right_key=one.right_key, value=value_of(relation)),
            given,
        )
    if singles:
        cursor.execute(_met(relation), given)
    last = relation.passes[-1]
    if last.kind == "sum":
        cursor.execute(_sums(relation, last), {**given, "by": f"{last.left_key}:"})
    cursor.execute(_alone(relation, singles, last), given)


def _sorts(relation: Relation) -> dict[str, Any]:
    return {
        "name": relation.name,
        "left_alone": relation.left_alone.value,
        "right_alone": relation.right_alone.value,
        "right_more": relation.right_more.value,
        "right_less": relation.right_less.value,
        "urgent": relation.more_is_urgent,
        "small_is_fee": relation.small_is_fee,
        "state": Sort.STATE.value,
        "fee_sort": Sort.FEE.value,
        "period": Sort.PERIOD.value,
        "duplicate": Sort.DUPLICATE.value,
        "no_file": Sort.NO_FILE.value,
    }


def _met(relation: Relation) -> str:
    net = relation.compares == "net"
    charged = FEE.format("coalesce(l.fee, 0)")
    return _MET.format(
        lvalue=f"(l.fen - {charged})" if net else "l.fen",
        rvalue="r.fen",
        compares_fee="false" if net else "true",
        fee_diff="(r.fee - l.fee) / 1000",
    )


def _alone(relation: Relation, singles: list[Pass], last: Pass) -> str:
    """Lines by themselves; of a relation of sums only those that do not know the sum's key."""
    halves = [
        _FINISHED.format(
            left_key=one.left_key, right_key=one.right_key, key=key, is_left=is_left, end=end
        )
        for one in singles
        for is_left, key, end in (
            ("true", one.left_key, "left_id"),
            ("false", one.right_key, "right_id"),
        )
    ]
    only = (
        f"AND CASE WHEN h.is_left THEN h.{last.left_key} ELSE h.{last.right_key} END = ''"
        if last.kind == "sum"
        else ""
    )
    no_file = (
        "(h.is_left AND h.batch <> '' AND NOT EXISTS (SELECT FROM custody_matching_line o"
        " WHERE o.pool = h.pool AND o.batch = h.batch AND o.side = %(right)s AND o.is_current))"
        if relation.knows_files
        else "false"
    )
    left, right = (_SHOWN.format(side=side, stands="") for side in ("is_left", "NOT is_left"))
    evidence = (
        f"jsonb_build_object('left', coalesce({left}, '[]'), 'right', coalesce({right}, '[]'),"
        " 'left_fen', coalesce(sum(worth) FILTER (WHERE is_left), 0),"
        " 'right_fen', coalesce(sum(worth) FILTER (WHERE NOT is_left), 0),"
        " 'left_lines', count(*) FILTER (WHERE is_left),"
        " 'right_lines', count(*) FILTER (WHERE NOT is_left))"
    )
    return _ALONE.format(
        value=value_of(relation),
        twice=" OR ".join(halves) or "false",
        only=only,
        no_file=no_file,
        evidence=evidence,
    )


def _sums(relation: Relation, last: Pass) -> str:
    def of(side: str) -> str:
        return sum_of(side, relation).replace(f"(WHERE {side}", f"(WHERE stands AND {side}")

    lists = [
        f"{_SHOWN.format(side=side, stands=' AND stands')} AS {name}"
        for side, name in (("is_left", "lefts"), ("NOT is_left", "rights"))
    ]
    return _SUMS.format(
        value=value_of(relation),
        left_key=last.left_key,
        right_key=last.right_key,
        sum_left=of("is_left"),
        sum_right=of("NOT is_left"),
        evidence_lists=", ".join(lists),
    )
