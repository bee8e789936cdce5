"""The chain behind one line: order, bill, bank, card, clearing, each fact by its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from reserve_funds.custody.errors import LineUnknown
from reserve_funds.custody.matching.models import Difference, Line, Manual
from reserve_funds.custody.matching.passes import Relation, relations
from reserve_funds.custody.matching.values import Side

MOST_PARTNERS = 20

# of a sum, the members of the other side of the same group; of a pair, its other end
_PARTNERS = """
SELECT k.{other}_id, k.pass_no, k.group_no IS NOT NULL,
       CASE WHEN k.group_no IS NULL THEN 1
            ELSE (SELECT count(x.{other}_id) FROM custody_matching_link x
                   WHERE x.relation = k.relation AND x.group_no = k.group_no) END
  FROM (SELECT * FROM custody_matching_link WHERE relation = %(relation)s
           AND {own}_id = %(line)s) own
  JOIN custody_matching_link k ON k.relation = own.relation
   AND (k.id = own.id OR k.group_no = own.group_no)
 WHERE k.{other}_id IS NOT NULL
 ORDER BY 1 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One link of the chain. `how` says by what it was found, empty for the line one asked for.

    `of_lines`: how many lines of this side stand in the same match, when it is one of a sum.
    """

    side: Side
    source_id: UUID
    version: int
    key: str
    number: str
    batch: str
    story: str
    amount_fen: int
    settled_fen: int
    fee_in_100000: int | None
    standing: str
    day: date
    known_at: datetime
    facts: dict[str, Any]
    how: str
    of_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The facts in the order of money's way, and the differences that name any of them."""

    facts: tuple[Fact, ...]
    differences: tuple[UUID, ...]


def explain(side: Side, source_id: UUID) -> Story:
    """Everything matched with a fact, directly or through others. LineUnknown."""
    line = Line.objects.filter(side=side.value, source_id=source_id, is_current=True).first()
    if line is None:
        raise LineUnknown(side=str(side), source_id=source_id)
    found = [_fact(line, "", 1)]
    seen = {side}
    waiting = [line]
    while waiting:
        own = waiting.pop(0)
        for relation, other_side in _next(Side(own.side), seen):
            partners = list(_partners(own, relation))
            found += [_fact(partner, how, of) for partner, how, of in partners]
            waiting += [partner for partner, _, _ in partners[:1]]
            seen.add(other_side)
    order = list(Side)
    facts = sorted(found, key=lambda each: (order.index(each.side), each.day, each.source_id))
    return Story(facts=tuple(facts), differences=tuple(_differences(line.pool, facts)))


def versions(side: Side, source_id: UUID) -> list[Line]:
    """Everything a side has ever told of a fact, oldest version first."""
    rows = Line.objects.filter(side=side.value, source_id=source_id)
    return list(rows.filter(is_current=False).union(rows.filter(is_current=True), all=True)
                .order_by("version"))  # fmt: skip


def _next(side: Side, seen: set[Side]) -> Iterator[tuple[Relation, Side]]:
    for relation in relations():
        if relation.left is side and relation.right not in seen:
            yield relation, relation.right
        if relation.right is side and relation.left not in seen:
            yield relation, relation.left


def _partners(own: Line, relation: Relation) -> Iterator[tuple[Line, str, int]]:
    is_left = own.side == relation.left.value
    own_end, other_end = ("left", "right") if is_left else ("right", "left")
    sql = _PARTNERS.format(own=own_end, other=other_end)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"relation": relation.number, "line": own.pk, "most": MOST_PARTNERS})
        rows = cursor.fetchall()
    lines = Line.objects.in_bulk([row[0] for row in rows])
    for line_id, pass_no, _, count in rows:
        yield lines[line_id], f"{relation.name}: {relation.passes[pass_no - 1].name}", count
    if not rows:
        yield from _by_hand(own, relation)


def _by_hand(own: Line, relation: Relation) -> Iterator[tuple[Line, str, int]]:
    mine = Manual.objects.filter(relation=relation.number, side=own.side, version=own.version,
                                 source_id=own.source_id, ended_by=None).first()  # fmt: skip
    if mine is None:
        return
    others = Manual.objects.filter(decision=mine.decision_id).exclude(side=own.side)
    for other in others.order_by("side", "source_id")[:MOST_PARTNERS]:
        line = Line.objects.filter(side=other.side, source_id=other.source_id, is_current=True)
        for partner in line:
            yield partner, f"{relation.name}: two people, decision {mine.decision_id}", len(others)


def _differences(pool: int, facts: list[Fact]) -> list[UUID]:
    about = Q()
    for each in facts:
        about |= Q(about=f"{each.side.value}:{each.source_id}")
        for key in ("batch", "story"):
            if value := getattr(each, key):
                about |= Q(about=f"{key}:{value}")
    rows = Difference.objects.filter(about, pool=pool)
    return list(rows.order_by("found_at", "id").values_list("id", flat=True))


def _fact(line: Line, how: str, of_lines: int) -> Fact:
    return Fact(
        side=Side(line.side),
        source_id=line.source_id,
        version=line.version,
        key=line.key,
        number=line.number,
        batch=line.batch,
        story=line.story,
        amount_fen=line.amount_fen,
        settled_fen=line.settled_fen,
        fee_in_100000=line.fee_in_100000,
        standing=line.standing,
        day=line.day,
        known_at=line.known_at,
        facts=line.facts,
        how=how,
        of_lines=of_lines,
    )
