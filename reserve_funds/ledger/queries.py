"""Everything that is read from the book: balances, statements, trial balances, transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from reserve_funds.ledger.values import Act, Booked, Ref, ref_of

_TOTALS = """
SELECT k.side, k.guarded, a.debit_posted, a.credit_posted, a.debit_held, a.credit_held,
       t.debit_posted, t.credit_posted, t.debit_held, t.credit_held
  FROM ledger.account a
  JOIN ledger.account_kind k ON k.number = a.kind
  LEFT JOIN LATERAL ledger.totals(a.pool, a.id) t ON NOT a.guarded
 WHERE a.pool = %s AND a.id = ledger.account_id(%s::integer, %s::smallint, %s)
"""
_BOOKED = """
SELECT t.pool, t.id, t.act, t.code, t.debit_kind, d.owner, t.credit_kind, c.owner, t.amount_fen,
       t.event_at, t.created_at, t.business_day, t.approval_id, t.resolves, t.reverses, t.cross_id
  FROM ledger.transfer t
  JOIN ledger.account d ON d.pool = t.pool AND d.id = t.debit_account
  JOIN ledger.account c ON c.pool = t.pool AND c.id = t.credit_account
"""
_STATEMENT = """
WITH own AS (
    SELECT t.*, t.debit_account = q.account AS debited
      FROM (SELECT ledger.account_id(%(pool)s::integer, %(kind)s::smallint, %(owner)s) AS account,
                   %(pool)s::integer AS pool) q
      JOIN LATERAL (
        SELECT x.* FROM ledger.transfer x
         WHERE x.pool = q.pool AND x.debit_account = q.account
           AND x.business_day <= %(to_day)s
        UNION ALL
        SELECT x.* FROM ledger.transfer x
         WHERE x.pool = q.pool AND x.credit_account = q.account
           AND x.business_day <= %(to_day)s) t ON true
), running AS (
    SELECT o.*, CASE WHEN o.act IN (1, 3) THEN o.amount_fen ELSE 0 END
                * CASE WHEN o.debited = %(debit_side)s THEN 1 ELSE -1 END AS change_fen
      FROM own o
), line AS (
    SELECT r.*, sum(r.change_fen) OVER (ORDER BY r.business_day, r.epoch, r.booked_xid, r.id)
                AS balance_fen
      FROM running r
)
SELECT l.id, l.act, l.code, l.debited, l.amount_fen, l.change_fen, l.balance_fen, l.event_at,
       l.created_at, l.business_day, l.epoch, l.booked_xid::text::bigint,
       CASE WHEN l.debited THEN l.credit_kind ELSE l.debit_kind END, a.owner
  FROM line l
  JOIN ledger.account a ON a.pool = l.pool
       AND a.id = CASE WHEN l.debited THEN l.credit_account ELSE l.debit_account END
 WHERE l.business_day >= %(from_day)s
   AND (%(after_day)s::date IS NULL
        OR (l.business_day, l.epoch, l.booked_xid, l.id)
           > (%(after_day)s::date, %(after_epoch)s::integer, %(after_xid)s::text::xid8,
              %(after_id)s::uuid))
 ORDER BY l.business_day, l.epoch, l.booked_xid, l.id
 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page of a statement ended: what the next one starts after."""

    day: date
    epoch: int
    xid: int
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a statement: what it changed and what the balance came to."""

    id: UUID
    act: Act
    code: str
    debited: bool
    amount_fen: int
    change_fen: int
    balance_fen: int
    event_at: datetime
    created_at: datetime
    business_day: date
    against: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a statement; `after` is None on the last one."""

    lines: list[Line]
    after: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """One kind in a trial balance (试算平衡表), cumulated to the end of the day."""

    number: int
    name: str
    book: str
    debit_fen: int
    credit_fen: int


def balance_fen(pool: int, ref: Ref) -> int:
    """What the account holds on its own side, posted money only. 0 for one never used."""
    side, totals = _totals(pool, ref)
    return totals[0] - totals[1] if side == "debit" else totals[1] - totals[0]


def available_fen(pool: int, ref: Ref) -> int:
    """The balance less what is set aside (冻结) against it."""
    side, totals = _totals(pool, ref)
    if side == "debit":
        return totals[0] - totals[1] - totals[3]
    return totals[1] - totals[0] - totals[2]


def balance_fen_at(pool: int, ref: Ref, moment: datetime) -> int:
    """What the book knew at `moment` (by created_at), re-derived from the transfers."""
    sign = 1 if ref.in_chart.side == "debit" else -1
    row = _row(
        "SELECT coalesce(sum(x.amount_fen) FILTER (WHERE x.debited), 0)::bigint"
        " - coalesce(sum(x.amount_fen) FILTER (WHERE NOT x.debited), 0)::bigint"
        " FROM (SELECT ledger.account_id(%s::integer, %s::smallint, %s) AS id, %s::integer AS pool,"
        " %s::timestamptz AS moment) q CROSS JOIN LATERAL ("
        " SELECT amount_fen, true AS debited FROM ledger.transfer t WHERE t.pool = q.pool"
        " AND t.debit_account = q.id AND t.act IN (1, 3) AND t.created_at <= q.moment"
        " UNION ALL SELECT amount_fen, false FROM ledger.transfer t WHERE t.pool = q.pool"
        " AND t.credit_account = q.id AND t.act IN (1, 3) AND t.created_at <= q.moment) x",
        [pool, ref.in_chart.number, ref.owner, pool, moment],
    )
    assert row is not None
    return sign * int(row[0])


def statement(
    pool: int,
    ref: Ref,
    *,
    from_day: date,
    to_day: date,
    after: Place | None = None,
    limit: int = 50,
) -> Page:
    """The account's transfers in the order they were booked, with the running balance."""
    rows = _rows(
        _STATEMENT,
        {
            "pool": pool,
            "kind": ref.in_chart.number,
            "owner": ref.owner,
            "debit_side": ref.in_chart.side == "debit",
            "from_day": from_day,
            "to_day": to_day,
            "after_day": after and after.day,
            "after_epoch": after and after.epoch,
            "after_xid": after and str(after.xid),
            "after_id": after and after.id,
            "limit": limit + 1,
        },
    )
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return Page(
        lines=[_line(row) for row in page],
        after=(Place(day=last[9], epoch=last[10], xid=last[11], id=last[0]) if last else None),
    )


def trial_balance(pool: int, day: date) -> list[TrialLine]:
    """Every kind's debits and credits up to and including `day`; the two columns are equal."""
    rows = _rows(
        "SELECT k.number, k.name, k.book, sum(m.debit)::bigint, sum(m.credit)::bigint FROM ("
        " SELECT debit_kind AS kind, sum(amount_fen) AS debit, 0 AS credit FROM ledger.transfer"
        " WHERE pool = %(pool)s AND business_day <= %(day)s AND act IN (1, 3) GROUP BY debit_kind"
        " UNION ALL SELECT credit_kind, 0, sum(amount_fen) FROM ledger.transfer"
        " WHERE pool = %(pool)s AND business_day <= %(day)s AND act IN (1, 3)"
        " GROUP BY credit_kind) m"
        " JOIN ledger.account_kind k ON k.number = m.kind"
        " GROUP BY k.number, k.name, k.book ORDER BY k.number",
        {"pool": pool, "day": day},
    )
    return [
        TrialLine(number=row[0], name=row[1], book=row[2], debit_fen=row[3], credit_fen=row[4])
        for row in rows
    ]


def transfers_of(pool: int, ref: Ref) -> list[Booked]:
    """Every transfer that touches the account, in the order they were booked."""
    return _booked(
        " WHERE t.pool = %s AND (t.debit_account = ledger.account_id(%s::integer, %s::smallint, %s)"
        " OR t.credit_account = ledger.account_id(%s::integer, %s::smallint, %s))",
        [pool, *[pool, ref.in_chart.number, ref.owner] * 2],
    )


def transfers_of_event(pool: int, ids: Sequence[UUID]) -> list[Booked]:
    """Those of the given transfers that are booked."""
    return _booked(" WHERE t.pool = %s AND t.id = ANY(%s::uuid[])", [pool, list(ids)])


def _booked(where: str, parameters: list[Any]) -> list[Booked]:
    order = " ORDER BY t.business_day, t.epoch, t.booked_xid, t.created_at, t.id"
    return [
        Booked(
            pool=row[0],
            id=row[1],
            act=Act(row[2]),
            code=row[3],
            debit=ref_of(row[4], row[5]),
            credit=ref_of(row[6], row[7]),
            amount_fen=row[8],
            event_at=row[9],
            created_at=row[10],
            business_day=row[11],
            approval_id=row[12],
            resolves=row[13],
            reverses=row[14],
            cross_id=row[15],
        )
        for row in _rows(_BOOKED + where + order, parameters)
    ]


def _totals(pool: int, ref: Ref) -> tuple[str, tuple[int, int, int, int]]:
    row = _row(_TOTALS, [pool, pool, ref.in_chart.number, ref.owner])
    if row is None:
        return str(ref.in_chart.side), (0, 0, 0, 0)
    debit, credit, debit_held, credit_held = row[2:6] if row[1] else row[6:10]
    return row[0], (int(debit), int(credit), int(debit_held), int(credit_held))


def _line(row: tuple[Any, ...]) -> Line:
    return Line(
        id=row[0],
        act=Act(row[1]),
        code=row[2],
        debited=row[3],
        amount_fen=row[4],
        change_fen=int(row[5]),
        balance_fen=int(row[6]),
        event_at=row[7],
        created_at=row[8],
        business_day=row[9],
        against=ref_of(row[12], row[13]),
    )


def _row(sql: str, parameters: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def _rows(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
