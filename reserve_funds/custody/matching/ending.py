"""Differences begin when a run finds them, and end by themselves when a later one does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from accounts import trail
from accounts.actors import SYSTEM, Actor
from accounts.identifiers import derive
from reserve_funds.custody.cases import kinds, services
from reserve_funds.custody.matching.models import Difference
from reserve_funds.custody.matching.passes import Relation
from reserve_funds.custody.matching.values import WORDS, Sort
from reserve_funds.ledger import queries

CASES: Mapping[Sort, str] = {
    sort: kinds.register(
        f"difference_{sort.value}",
        zh=f"对账差异:{words.zh}",
        en=f"Reconciliation: {words.en}",
        working_days=3,
    )
    for sort, words in WORDS.items()
}
_MOST_NAMED = 3

_BEGUN = """
INSERT INTO custody_matching_difference
    (id, pool, relation, sort, state, about, day, value_fen, diff_fen, evidence, found_at,
     ended_because)
SELECT id, pool, %(relation)s, sort, 'open', about, day, value_fen, diff_fen, evidence, %(now)s, ''
  FROM custody_matching_finding f
 WHERE NOT EXISTS (SELECT FROM custody_matching_difference d WHERE d.id = f.id)
RETURNING id
"""
_OTHERWISE = """
UPDATE custody_matching_difference d
   SET value_fen = f.value_fen, diff_fen = f.diff_fen, evidence = f.evidence
  FROM custody_matching_finding f
 WHERE f.id = d.id AND (d.value_fen, d.diff_fen, d.evidence)
       IS DISTINCT FROM (f.value_fen, f.diff_fen, f.evidence)
RETURNING d.id
"""
_BACK = """
SELECT d.id FROM custody_matching_difference d JOIN custody_matching_finding f USING (id)
 WHERE d.state = 'ended' ORDER BY d.id
"""
_GONE = """
SELECT d.id FROM custody_matching_difference d
 WHERE d.relation = %(relation)s AND d.pool = ANY(%(pools)s)
   AND d.state IN ('open', 'settled')
   AND NOT EXISTS (SELECT FROM custody_matching_finding f WHERE f.id = d.id)
 ORDER BY d.id
"""
_OVERTAKEN = """
SELECT d.id FROM custody_matching_difference d
 WHERE d.relation = %(relation)s AND d.pool = ANY(%(pools)s) AND d.state = 'overtaken'
   AND NOT EXISTS (SELECT FROM custody_matching_finding f WHERE f.id = d.id)
 ORDER BY d.id
"""
_NOW_CALLED = "SELECT sort FROM custody_matching_finding WHERE about = %s AND pool = %s"
_NOW_WITH = """
SELECT o.side, o.source_id
  FROM custody_matching_line l
  JOIN custody_matching_link k ON k.relation = %s AND (k.left_id = l.id OR k.right_id = l.id)
  JOIN custody_matching_link g ON g.relation = k.relation
       AND (g.id = k.id OR g.group_no = k.group_no)
  JOIN custody_matching_line o ON (o.id = g.left_id OR o.id = g.right_id) AND o.side <> l.side
 WHERE l.is_current AND l.source_id = ANY(%s::uuid[])
 ORDER BY o.known_at DESC, o.source_id LIMIT 3
"""
_BY_HAND = """
SELECT m.decision_id FROM custody_matching_manual m
 WHERE m.relation = %s AND m.ended_by_id IS NULL AND m.source_id = ANY(%s::uuid[]) LIMIT 1
"""


def apply(
    cursor: CursorWrapper, relation: Relation, words: Mapping[str, Any], *, now: datetime
) -> tuple[int, int]:
    """Makes the differences agree with what was found; how many began anew and how many ended."""
    cursor.execute(_GONE, words)
    gone = [row[0] for row in cursor.fetchall()]
    cursor.execute(_OTHERWISE, words)
    changed = [row[0] for row in cursor.fetchall()]
    cursor.execute(_BACK, words)
    back = [row[0] for row in cursor.fetchall()]
    cursor.execute(_BEGUN, words)
    begun = [row[0] for row in cursor.fetchall()]
    cursor.execute(_OVERTAKEN, words)
    overtaken = [row[0] for row in cursor.fetchall()]
    for one in _all(gone):
        end(one, because=_because(cursor, relation, one), now=now)
    for one in _all(overtaken):
        if _was_taken_back(one):
            end(one, because="its voucher was taken back by two officers", now=now)
    for one in _all(back):
        because = "the sides differ again"
        trail.advance(one, to="open", actor=SYSTEM, because=because, now=now,
                      ended_at=None, ended_because="")  # fmt: skip
    for one in _all([*begun, *back, *changed]):
        if one.state in ("open", "overtaken"):
            open_case(one, now=now)
    return len(begun) + len(back), len(gone)


def end(one: Difference, *, because: str, now: datetime) -> None:
    """Ends a difference by evidence; one that a voucher settled is overtaken by it instead."""
    if one.state == "settled":
        trail.advance(one, to="overtaken", actor=SYSTEM, because=because, now=now,
                      ended_because=because[:200])  # fmt: skip
        open_case(one, now=now)
        return
    trail.advance(one, to="ended", actor=SYSTEM, because=because, now=now,
                  ended_at=now, ended_because=because[:200])  # fmt: skip
    close_case(one, actor=SYSTEM, because=because, now=now)


def open_case(one: Difference, *, now: datetime) -> None:
    """The case of a difference, open as long as it is."""
    services.open_case(
        CASES[Sort(one.sort)],
        pool=one.pool,
        subject=f"difference:{one.id}",
        now=now,
        amount_fen=one.value_fen,
        day=one.day,
        about=one.about,
        diff_fen=one.diff_fen,
    )


def close_case(one: Difference, *, actor: Actor, because: str, now: datetime) -> None:
    """Ends the case of a difference, if it is open."""
    services.close_case(
        CASES[Sort(one.sort)],
        pool=one.pool,
        subject=f"difference:{one.id}",
        actor=actor,
        because=because,
        now=now,
    )


def _was_taken_back(one: Difference) -> bool:
    """Whether everything that was booked for it has been reversed since."""
    done = one.decisions.filter(kind="voucher", state="done")
    booked = [UUID(each["id"]) for made in done for each in made.content["postings"]]
    back = queries.transfers_of_event(one.pool, [derive(each, "reversed") for each in booked])
    return bool(booked) and len(back) == len(booked)


def _all(ids: list[UUID]) -> list[Difference]:
    return list(Difference.objects.filter(pk__in=ids).order_by("pk"))


def _because(cursor: CursorWrapper, relation: Relation, one: Difference) -> str:
    """Why it is no longer a difference, with the facts that ended it."""
    cursor.execute(_NOW_CALLED, [one.about, one.pool])
    other = cursor.fetchone()
    if other is not None:
        return f"it is now called {other[0]}"
    told = [each[0] for side in ("left", "right") for each in one.evidence.get(side, [])]
    cursor.execute(_BY_HAND, [relation.number, told])
    hand = cursor.fetchone()
    if hand is not None:
        return f"matched by two people, decision {hand[0]}"
    cursor.execute(_NOW_WITH, [relation.number, told])
    partners = [f"{side} {source_id}" for side, source_id in cursor.fetchall()[:_MOST_NAMED]]
    if partners:
        return f"matched with {', '.join(partners)}"
    return "the side that told of it tells it otherwise now"
