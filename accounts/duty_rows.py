"""The rows of outstanding work: how one is owed, taken under a lease, and its outcome kept.

A taking counts the attempt, raises the fence and commits before any work is done; an outcome is
written only by the holder of the newest fence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

_LONGEST_BECAUSE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The kind of work one is ready to take, for how long, and how long its schedule spans."""

    kind: str
    lease: timedelta
    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A duty under our lease. `attempts` counts this one; `fence` proves the lease is ours."""

    pk: int
    kind: str
    subject_id: UUID
    attempts: int
    fence: int

    def __str__(self) -> str:
        return f"duty {self.kind} {self.subject_id}"


_OWE = """
INSERT INTO accounts_duty AS d (kind, subject_id, state, due_at, owed_again, attempts, fence,
                                last_code, last_because, owed_at)
VALUES (%(kind)s, %(subject)s, 'owed', %(due)s, false, 0, 0, '', '', %(now)s)
ON CONFLICT (kind, subject_id) DO UPDATE SET
    state = CASE WHEN d.state = 'leased' THEN 'leased' ELSE 'owed' END,
    owed_again = d.state = 'leased',
    due_at = CASE d.state WHEN 'leased' THEN d.due_at
                          WHEN 'owed' THEN least(d.due_at, excluded.due_at)
                          ELSE excluded.due_at END,
    attempts = CASE WHEN d.state = 'leased' OR d.state = 'owed' AND d.due_at <= excluded.due_at
                    THEN d.attempts ELSE 0 END,
    owed_at = CASE WHEN d.state IN ('owed', 'leased') THEN d.owed_at ELSE excluded.owed_at END,
    deadline = CASE WHEN d.state IN ('owed', 'leased') THEN d.deadline END,
    finished_at = NULL
RETURNING d.id, d.state = 'owed' AND d.due_at <= %(now)s
"""

_TAKE = """
WITH terms AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(leases)s::interval[], %(spans)s::interval[])
        AS t (kind, lease, span)
), pick AS MATERIALIZED (
    SELECT d.id, terms.lease, terms.span FROM accounts_duty AS d JOIN terms ON terms.kind = d.kind
     WHERE {which}
     ORDER BY d.due_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
)
UPDATE accounts_duty AS d
   SET last_code = CASE WHEN d.state = 'leased' THEN 'lease_expired' ELSE d.last_code END,
       state = 'leased', attempts = d.attempts + 1, fence = d.fence + 1, owed_again = false,
       lease_until = %(moment)s + pick.lease, due_at = %(moment)s + pick.lease,
       deadline = coalesce(d.deadline, %(now)s + pick.span)
  FROM pick WHERE d.id = pick.id
RETURNING d.id, d.kind, d.subject_id, d.attempts, d.fence
"""
_DUE = "d.state IN ('owed', 'leased') AND d.due_at <= %(now)s"
_THIS = """d.subject_id = %(subject)s
       AND (d.state = 'owed' OR d.state = 'leased' AND d.due_at <= %(now)s)"""

# Owed again while it was leased: whatever the outcome, it is due once more, from the beginning.
_OUTCOME = """
UPDATE accounts_duty
   SET state = CASE WHEN owed_again THEN 'owed' ELSE %(state)s END,
       due_at = CASE WHEN owed_again THEN %(now)s ELSE coalesce(%(due)s, due_at) END,
       attempts = CASE WHEN owed_again OR %(afresh)s THEN 0 ELSE attempts END,
       deadline = CASE WHEN owed_again OR %(afresh)s THEN NULL ELSE deadline END,
       finished_at = CASE WHEN owed_again THEN NULL ELSE %(finished)s::timestamptz END,
       last_code = %(code)s, last_because = %(because)s,
       owed_again = false, lease_until = NULL
 WHERE id = %(pk)s AND fence = %(fence)s AND state = 'leased'
"""

_SETTLE = """
UPDATE accounts_duty
   SET state = 'done', owed_again = false, lease_until = NULL, fence = fence + 1,
       finished_at = %(now)s, last_code = '', last_because = 'settled'
 WHERE kind = %(kind)s AND subject_id = %(subject)s AND state <> 'done'
"""


def owe(kind: str, subject_id: UUID, *, now: datetime, due_at: datetime) -> tuple[int, bool]:
    """Insert or reopen the row; its key, and whether it is waiting to be taken now."""
    row = _one(_OWE, {"kind": kind, "subject": subject_id, "now": now, "due": due_at})
    assert row is not None, "an upsert that always updates returns its row"
    return row[0], row[1]


def owe_all(kind: str, subject_ids: Sequence[UUID], *, now: datetime) -> None:
    """As `owe` for many at once, due now."""
    sql = _OWE.replace(
        "VALUES (%(kind)s, %(subject)s, 'owed', %(due)s, false, 0, 0, '', '', %(now)s)",
        "SELECT %(kind)s, s, 'owed', %(now)s, false, 0, 0, '', '', %(now)s"
        " FROM unnest(%(subjects)s::uuid[]) s",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"kind": kind, "subjects": sorted(subject_ids), "now": now})


def take_due(
    terms: Sequence[Terms], *, now: datetime, moment: datetime, pk: int | None = None
) -> Taken | None:
    """Lease what has been due longest at `now` (or the duty `pk`) until `moment` plus the lease."""
    which = _DUE if pk is None else f"{_DUE} AND d.id = %(pk)s"
    return _take(which, terms, {"now": now, "moment": moment, "pk": pk})


def take_this(terms: Terms, subject_id: UUID, *, now: datetime) -> Taken | None:
    """Lease this duty, due or not, unless it is finished or under a lease that still runs."""
    return _take(_THIS, [terms], {"now": now, "moment": now, "subject": subject_id})


def done(taken: Taken, *, now: datetime) -> bool:
    """The work is finished; False (and nothing written) when the lease is no longer ours."""
    return _outcome(taken, "done", now=now, finished=now)


def appoint(taken: Taken, *, now: datetime, due_at: datetime, because: str) -> bool:
    """The work waits for a moment; the schedule begins afresh there. False as for `done`."""
    return _outcome(taken, "owed", now=now, due=due_at, because=because, afresh=True)


def retry(taken: Taken, *, now: datetime, due_at: datetime, code: str, because: str) -> bool:
    """The attempt failed and there is another; False as for `done`."""
    return _outcome(taken, "owed", now=now, due=due_at, code=code, because=because)


def give_up(taken: Taken, *, now: datetime, code: str, because: str) -> bool:
    """The last attempt failed; people must look. False as for `done`."""
    return _outcome(taken, "given_up", now=now, finished=now, code=code, because=because)


def settle(kind: str, subject_id: UUID, *, now: datetime) -> None:
    """Finish the duty from outside; whoever holds its lease loses it."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"kind": kind, "subject": subject_id, "now": now})


def _take(which: str, terms: Sequence[Terms], given: dict[str, Any]) -> Taken | None:
    given |= {
        "kinds": [one.kind for one in terms],
        "leases": [one.lease for one in terms],
        "spans": [one.span for one in terms],
    }
    with transaction.atomic(durable=True):
        row = _one(_TAKE.format(which=which), given)
    if row is None:
        return None
    pk, kind, subject_id, attempts, fence = row
    return Taken(pk=pk, kind=kind, subject_id=subject_id, attempts=attempts, fence=fence)


def _outcome(
    taken: Taken,
    state: str,
    *,
    now: datetime,
    due: datetime | None = None,
    finished: datetime | None = None,
    code: str = "",
    because: str = "",
    afresh: bool = False,
) -> bool:
    given: dict[str, Any] = {
        "pk": taken.pk,
        "fence": taken.fence,
        "state": state,
        "now": now,
        "due": due,
        "finished": finished,
        "code": code[:64],
        "because": because[:_LONGEST_BECAUSE],
        "afresh": afresh,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOME, given)
        return bool(cursor.rowcount == 1)


def _one(sql: str, given: dict[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row
