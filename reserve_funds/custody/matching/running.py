"""One run of matching: what was delivered since is matched, differences begin and end by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.clock import business_day
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.matching import ending
from reserve_funds.custody.matching.delivering import PATIENCE
from reserve_funds.custody.matching.gathering import gather
from reserve_funds.custody.matching.judging import judge
from reserve_funds.custody.matching.models import Run
from reserve_funds.custody.matching.pairing import pair
from reserve_funds.custody.matching.passes import Relation, relations
from reserve_funds.custody.rules import calendar

_DAY = timedelta(days=1)
# the run before may be of a whole province's day: whoever waits for it is not held up by a fault
_ONE_AT_A_TIME = """
SET LOCAL lock_timeout = '10min';
SELECT pg_advisory_xact_lock(1668118625);
SET LOCAL lock_timeout = DEFAULT
"""
_MEMORY = "SET LOCAL work_mem = '64MB'"
_NESTED_OFF = "SET LOCAL enable_nestloop = off"
MANY = 50_000  # above so many lines at once, joins one by one are never the better way

_FRESH = """
SELECT id, pool, lines FROM custody_matching_delivery
 WHERE run_id IS NULL AND (%(pool)s::integer IS NULL OR pool = %(pool)s::integer)
 ORDER BY id
"""
_WAITING_POOLS = """
SELECT DISTINCT pool FROM custody_matching_leftover
 WHERE %(pool)s::integer IS NULL OR pool = %(pool)s::integer
UNION SELECT DISTINCT pool FROM custody_matching_difference
 WHERE state IN ('open', 'overtaken') AND (%(pool)s::integer IS NULL OR pool = %(pool)s::integer)
"""
_WAS_BEFORE = """
SELECT EXISTS (SELECT FROM custody_matching_delivery
                WHERE pool = ANY(%(pools)s) AND run_id IS NOT NULL)
"""
_TAKEN = "UPDATE custody_matching_delivery SET run_id = %(run)s WHERE id = ANY(%(fresh)s)"
# only what changed is written: of a large pool most of what is left over waits for many runs
_LEFT_OVER = """
WITH rest AS MATERIALIZED (
    SELECT pool, line_id FROM custody_matching_here
     WHERE standing <> 'void' OR line_id IN (SELECT left_id FROM custody_matching_met
                                             UNION SELECT right_id FROM custody_matching_met)),
gone AS (
    DELETE FROM custody_matching_leftover o
     WHERE o.relation = %(relation)s AND o.pool = ANY(%(pools)s)
       AND NOT EXISTS (SELECT FROM rest r WHERE r.line_id = o.line_id)),
come AS (
    INSERT INTO custody_matching_leftover (relation, pool, line_id)
    SELECT %(relation)s, pool, line_id FROM rest r
     WHERE NOT EXISTS (SELECT FROM custody_matching_leftover o
                        WHERE o.relation = %(relation)s AND o.line_id = r.line_id
                          AND o.pool = r.pool))
SELECT count(*) FROM rest
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationSummary:
    """What a run did in one relation: lines matched by each pass, lines left, differences."""

    matched: tuple[int, ...]
    left_over: int
    begun: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run: how many fresh lines it took, and what it did, by the relation's name."""

    run_id: int
    lines: int
    relations: Mapping[str, RelationSummary]


def run(pool: int | None = None, *, now: datetime) -> RunSummary:
    """Matches what was delivered since the last run, of one pool or of all, and judges the rest.

    One transaction; again does nothing that time or new lines do not ask for. What it finds
    follows from the lines alone, in whatever order they came.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (PATIENCE, _MEMORY, _ONE_AT_A_TIME):
            cursor.execute(statement)
        cursor.execute(_FRESH, {"pool": pool})
        fresh = cursor.fetchall()
        lines = sum(row[2] for row in fresh)
        if lines > MANY:
            cursor.execute(_NESTED_OFF)
        row = Run.objects.create(pool=pool, ran_at=now)
        words = _words(cursor, row.pk, fresh, pool, now)
        done = {each.name: _match(cursor, each, words, now) for each in relations()}
        cursor.execute(_TAKEN, words)
        Run.objects.filter(pk=row.pk).update(
            summary={name: [*one.matched, one.left_over] for name, one in done.items()}
        )
    return RunSummary(run_id=row.pk, lines=lines, relations=done)


def _words(
    cursor: CursorWrapper, run_id: int, fresh: list[Any], pool: int | None, now: datetime
) -> dict[str, Any]:
    cursor.execute(_WAITING_POOLS, {"pool": pool})
    pools = sorted({row[1] for row in fresh} | {row[0] for row in cursor.fetchall()})
    cursor.execute(_WAS_BEFORE, {"pools": pools})
    return {
        "run": run_id,
        "fresh": [row[0] for row in fresh],
        "pools": pools,
        "is_first": not cursor.fetchone()[0],
        "now": now,
        "today": business_day(now),
    }


def _match(
    cursor: CursorWrapper, relation: Relation, words: Mapping[str, Any], now: datetime
) -> RelationSummary:
    given = {
        **words,
        "relation": relation.number,
        "left": relation.left.value,
        "right": relation.right.value,
        "waits_since": _waits_since(relation, words["today"]),
        "grace": timedelta(minutes=relation.grace_minutes),
    }
    gather(cursor, relation, given)
    matched = pair(cursor, relation, given)
    judge(cursor, relation, given)
    cursor.execute(_LEFT_OVER, given)
    left_over = int(cursor.fetchone()[0])
    begun, ended = ending.apply(cursor, relation, given, now=now)
    return RelationSummary(matched=tuple(matched), left_over=left_over, begun=begun, ended=ended)


def _waits_since(relation: Relation, today: date) -> date:
    """The earliest day of which a line may still be alone today.

    In a year nobody has told plain days alone count: a line is then told rather too early.
    """
    plain = since = today - timedelta(days=relation.waits_days)
    at_least = relation.waits_working_days
    try:
        while at_least and calendar.working_days_between(since - _DAY, today) <= at_least:
            since -= _DAY
    except CalendarUnknown:
        return plain
    return since
