"""What differs, what waits, what a day came to, and the chain behind one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.clock import business_day
from reserve_funds.custody.errors import DifferenceUnknown
from reserve_funds.custody.matching.models import Difference
from reserve_funds.custody.matching.passes import Relation, relations
from reserve_funds.custody.matching.values import WORDS, Sort, Words

LISTED = ("open", "overtaken")

_WAITING = """
SELECT relation, l.pool, l.day, l.side, count(*), sum(l.amount_fen)::bigint
  FROM custody_matching_leftover o JOIN custody_matching_line l ON l.id = o.line_id
 WHERE (%(pool)s::integer IS NULL OR o.pool = %(pool)s::integer) AND l.is_current
 GROUP BY relation, l.pool, l.day, l.side ORDER BY relation, l.pool, l.day, l.side
"""
_TOTALS = """
SELECT l.side, l.standing, count(*), sum(l.amount_fen)::bigint,
       count(*) FILTER (WHERE k.id IS NOT NULL),
       coalesce(sum(l.amount_fen) FILTER (WHERE k.id IS NOT NULL), 0)::bigint,
       count(*) FILTER (WHERE m.side IS NOT NULL),
       coalesce(sum(l.amount_fen) FILTER (WHERE m.side IS NOT NULL), 0)::bigint
  FROM custody_matching_line l
  LEFT JOIN custody_matching_link k ON k.relation = %(relation)s
       AND ((l.side = %(left)s AND k.left_id = l.id) OR (l.side = %(right)s AND k.right_id = l.id))
  LEFT JOIN custody_matching_manual m ON m.relation = %(relation)s AND m.ended_by_id IS NULL
       AND m.side = l.side AND m.source_id = l.source_id AND m.version = l.version
 WHERE l.pool = %(pool)s AND l.day = %(day)s AND l.side IN (%(left)s, %(right)s) AND l.is_current
 GROUP BY l.side, l.standing
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A difference as people read it. Amounts in fen; `age_days` since the day it is about.

    `diff_fen`: what the outside has more (less: negative) than our own side of the pair.
    """

    id: UUID
    pool: int
    relation: str
    sort: Sort
    state: str
    about: str
    day: date
    age_days: int
    value_fen: int
    diff_fen: int
    owner: str
    zh: str
    en: str
    evidence: Mapping[str, Any]
    found_at: datetime
    ended_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Lines of one side and day that have no partner yet and need not have one yet."""

    relation: str
    pool: int
    day: date
    side: str
    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTotal:
    """What one side told of a day: in all, matched by rule, matched by hand, and the rest."""

    lines: int
    fen: int
    matched_lines: int
    matched_fen: int
    by_hand_lines: int
    by_hand_fen: int

    @property
    def rest_fen(self) -> int:
        """What is neither matched by rule nor by hand: it waits, or is part of a difference."""
        return self.fen - self.matched_fen - self.by_hand_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """A day of a pool in one relation, so that left - right is explained by what is listed."""

    relation: str
    left: SideTotal
    right: SideTotal
    differences: tuple[Told, ...]


def differences(pool: int | None = None, *, now: datetime) -> list[Told]:
    """What differs now, of one pool or (None) of all, the largest value at risk first."""
    rows = Difference.objects.filter(state__in=LISTED)
    if pool is not None:
        rows = rows.filter(pool=pool)
    return [told(row, now=now) for row in rows.order_by("-value_fen", "day", "id")]


def difference(difference_id: UUID, *, now: datetime) -> Told:
    """One difference, over or not. DifferenceUnknown."""
    row = Difference.objects.filter(pk=difference_id).first()
    if row is None:
        raise DifferenceUnknown(id=difference_id)
    return told(row, now=now)


def waiting(pool: int | None = None) -> list[Waiting]:
    """Lines without a partner by relation, pool, day and side: part of differences included."""
    names = {each.number: each.name for each in relations()}
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"pool": pool})
        return [
            Waiting(relation=names[number], pool=of, day=day, side=side, lines=lines,
                    amount_fen=fen)
            for number, of, day, side, lines, fen in cursor.fetchall()
        ]  # fmt: skip


def totals(pool: int, day: date, *, now: datetime) -> list[DayTotals]:
    """The numbers of a day (by each side's own day) and what they are made of, by relation."""
    return [_totals(each, pool, day, now=now) for each in relations()]


def told(row: Difference, *, now: datetime) -> Told:
    """A difference in people's words."""
    relation = {each.number: each for each in relations()}[row.relation]
    words = WORDS[Sort(row.sort)]
    return Told(
        id=row.id,
        pool=row.pool,
        relation=relation.name,
        sort=Sort(row.sort),
        state=row.state,
        about=row.about,
        day=row.day,
        age_days=(business_day(now) - row.day).days,
        value_fen=row.value_fen,
        diff_fen=row.diff_fen,
        owner=words.owner,
        zh=_sentence(row, relation, words, chinese=True),
        en=_sentence(row, relation, words, chinese=False),
        evidence=row.evidence,
        found_at=row.found_at,
        ended_because=row.ended_because,
    )


SIDES = {
    "order": ("订单", "order"),
    "bill": ("渠道账单", "channel bill"),
    "bank": ("银行流水", "bank statement"),
    "card": ("写卡", "card write"),
    "clearing": ("清分结果", "clearing result"),
}


def _sentence(row: Difference, relation: Relation, words: Words, *, chinese: bool) -> str:
    place = 0 if chinese else 1
    left, right = SIDES[relation.left][place], SIDES[relation.right][place]
    lines = [row.evidence["left_lines"], row.evidence["right_lines"]]
    fen = [row.evidence["left_fen"], row.evidence["right_fen"]]
    if chinese:
        return (
            f"{words.zh}: {words.meaning_zh}。{left}{lines[0]}行 {fen[0]}分, "
            f"{right}{lines[1]}行 {fen[1]}分, 相差 {row.diff_fen}分。"
        )
    return (
        f"{words.en}: {words.meaning_en}. {left}: {lines[0]} lines, {fen[0]} fen; "
        f"{right}: {lines[1]} lines, {fen[1]} fen; apart by {row.diff_fen} fen."
    )


def _totals(relation: Relation, pool: int, day: date, *, now: datetime) -> DayTotals:
    words: dict[str, Any] = {
        "relation": relation.number,
        "pool": pool,
        "day": day,
        "left": relation.left.value,
        "right": relation.right.value,
    }
    sums = {side: [0] * 6 for side in (relation.left.value, relation.right.value)}
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, words)
        for side, standing, *numbers in cursor.fetchall():
            if standing == "stands":
                sums[side] = [int(number) for number in numbers]
    found = Difference.objects.filter(
        pool=pool, day=day, relation=relation.number, state__in=LISTED
    )
    return DayTotals(
        relation=relation.name,
        left=_side(sums[relation.left.value]),
        right=_side(sums[relation.right.value]),
        differences=tuple(told(row, now=now) for row in found.order_by("id")),
    )


def _side(numbers: list[int]) -> SideTotal:
    lines, fen, matched_lines, matched_fen, by_hand_lines, by_hand_fen = numbers
    return SideTotal(
        lines=lines,
        fen=fen,
        matched_lines=matched_lines,
        matched_fen=matched_fen,
        by_hand_lines=by_hand_lines,
        by_hand_fen=by_hand_fen,
    )
