"""Matches made by hand: which lines, that they add up, and that they still are what was seen."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from django.db import connection

from reserve_funds.custody.errors import HandsDoNotAdd, MatchingProposalOver
from reserve_funds.custody.matching.models import Decision, Line, Link, Manual
from reserve_funds.custody.matching.pairing import fee_fen
from reserve_funds.custody.matching.passes import Relation, by_name, relations

MOST_LINES = 500

_LET_GO = """
WITH gone AS (
    DELETE FROM custody_matching_link k
     WHERE k.relation = %(relation)s
       AND (k.left_id = ANY(%(lines)s) OR k.right_id = ANY(%(lines)s)
            OR k.group_no IN (SELECT g.group_no FROM custody_matching_link g
                               WHERE g.relation = %(relation)s AND g.group_no IS NOT NULL
                                 AND (g.left_id = ANY(%(lines)s) OR g.right_id = ANY(%(lines)s))))
    RETURNING k.left_id, k.right_id)
INSERT INTO custody_matching_leftover (relation, pool, line_id)
SELECT %(relation)s, %(pool)s, x.id
  FROM (SELECT left_id AS id FROM gone WHERE left_id IS NOT NULL
        UNION SELECT right_id FROM gone WHERE right_id IS NOT NULL
        UNION SELECT unnest(%(lines)s::bigint[])) x
ON CONFLICT DO NOTHING
"""


def together(source_ids: list[UUID], relation: str) -> tuple[int, dict[str, Any], str]:
    """The pool, content and fingerprint of a match of these facts. HandsDoNotAdd says why not."""
    rule = by_name(relation)
    lines = _present(source_ids, rule)
    if len({line.pool for line in lines}) != 1:
        raise HandsDoNotAdd(because="they are of several pools, or there are none")
    if {line.side for line in lines} != {rule.left.value, rule.right.value}:
        raise HandsDoNotAdd(because="both sides must be there")
    if any(line.standing != "stands" for line in lines):
        raise HandsDoNotAdd(because="one of them is not claimed to have happened")
    if not all(_is_open(line, rule) for line in lines):
        raise HandsDoNotAdd(because="one of them is matched already")
    left, right = (_worth(lines, rule, side.value) for side in (rule.left, rule.right))
    if left != right:
        raise HandsDoNotAdd(because="they do not add up", left_fen=left, right_fen=right)
    told = [[line.side, str(line.source_id), line.version] for line in lines]
    return lines[0].pool, {"relation": rule.number, "lines": told}, _seen(told)


def apart(decision_id: UUID) -> tuple[int, dict[str, Any], str]:
    """The same of undoing a match by hand. MatchingProposalOver when it is not in force."""
    made = Decision.objects.filter(pk=decision_id, kind="match", state="done").first()
    if made is None or not Manual.objects.filter(decision=made, ended_by=None).exists():
        raise MatchingProposalOver(id=decision_id)
    content = {"match": str(made.pk), "relation": made.content["relation"]}
    return made.pool, content, _seen([str(made.pk)])


def still_fits(decision: Decision) -> bool:
    """Whether the lines, or the match to be undone, are what two people saw."""
    if decision.kind == "unmatch":
        return Manual.objects.filter(decision_id=decision.content["match"], ended_by=None).exists()
    number = decision.content["relation"]
    rule = {each.number: each for each in relations()}[number]
    told = decision.content["lines"]
    lines = _present([UUID(each[1]) for each in told], rule)
    now_told = [[line.side, str(line.source_id), line.version] for line in lines]
    return now_told == told and all(_is_open(line, rule) for line in lines)


def take_up(decision: Decision) -> None:
    """Has the next run see the lines of a match by hand, or of one undone, anew."""
    made = decision.content.get("match", str(decision.pk))
    rows = Manual.objects.filter(decision_id=made).values_list("side", "source_id")
    lines = Line.objects.filter(is_current=True, source_id__in=[row[1] for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(
            _LET_GO,
            {
                "relation": decision.content["relation"],
                "pool": decision.pool,
                "lines": [line.pk for line in lines if (line.side, line.source_id) in set(rows)],
            },
        )


def _present(source_ids: list[UUID], rule: Relation) -> list[Line]:
    if not 1 < len(set(source_ids)) <= MOST_LINES:
        raise HandsDoNotAdd(because=f"two to {MOST_LINES} lines")
    rows = Line.objects.filter(
        source_id__in=source_ids, side__in=(rule.left.value, rule.right.value), is_current=True
    )
    lines = list(rows.order_by("side", "source_id"))
    if {line.source_id for line in lines} != set(source_ids):
        raise HandsDoNotAdd(because="some of them are not known on these sides")
    return lines


def _is_open(line: Line, rule: Relation) -> bool:
    """Not matched yet: neither by rule nor by hand."""
    end = "left" if line.side == rule.left.value else "right"
    by_rule = Link.objects.filter(relation=rule.number, **{end: line})
    by_hand = Manual.objects.filter(
        relation=rule.number, side=line.side, source_id=line.source_id, ended_by=None
    )
    return not by_rule.exists() and not by_hand.exists()


def _worth(lines: list[Line], rule: Relation, side: str) -> int:
    mine = [line for line in lines if line.side == side]
    if rule.compares != "net" or side != rule.left.value:
        return sum(line.amount_fen for line in mine)
    fees = [line.fee_in_100000 or 0 for line in mine]
    return (
        sum(line.settled_fen for line in mine)
        - fee_fen(sum(fee for fee in fees if fee > 0))
        + fee_fen(-sum(fee for fee in fees if fee < 0))
    )


def _seen(told: list[Any]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


__all__ = ["MOST_LINES", "apart", "still_fits", "take_up", "together"]
