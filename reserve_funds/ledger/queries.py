# ruff: noqa: S608 (what is put together here are constants of this file)
"""Everything that is read from the book: balances, statements, trial balances, transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from reserve_funds.chart import BY_NAME
from reserve_funds.ledger.prepared import ask
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
_BETWEEN_POOLS = ("pool_due_to", "pool_due_from")
_ACROSS = """
SELECT CASE WHEN a.pool = %(pool)s THEN a.owner ELSE a.pool::text END
  FROM ledger.account a
 WHERE a.kind = ANY (%(kinds)s::smallint[])
   AND (a.owner = %(pool)s::text
        OR (a.pool = %(pool)s AND EXISTS (SELECT FROM ledger.pool p WHERE p.pool::text = a.owner)))
"""
_ACCOUNT = "ledger.account_id(%(pool)s::integer, %(kind)s::smallint, %(owner)s)"
_SIDE = """
(SELECT x.id, x.act::smallint AS act, x.code, {debited} AS debited, x.amount_fen, x.event_at,
        x.created_at, x.business_day, x.place, {other}_kind AS kind, {other}_account AS other
   FROM ledger.transfer x
  WHERE x.pool = %(pool)s AND x.{side}_account = {account}
    AND x.business_day BETWEEN %(from_day)s AND %(to_day)s {after}
  ORDER BY x.business_day, x.place, x.id LIMIT %(limit)s)
"""
_AFTER = (
    "AND (x.business_day, x.place, x.id)"
    " > (%(after_day)s::date, %(after_place)s::bigint, %(after_id)s::uuid)"
)
# a page walks both sides of the account in order; the balance starts from what was folded
_STATEMENT = """
WITH line AS (
    SELECT l.*, CASE WHEN l.act IN (1, 3) THEN l.amount_fen ELSE 0 END
                * CASE WHEN l.debited = %(debit_side)s THEN 1 ELSE -1 END AS change_fen
      FROM ({debits} UNION ALL {credits}) l
     ORDER BY l.business_day, l.place, l.id LIMIT %(limit)s)
SELECT l.id, l.act, l.code, l.debited, l.amount_fen, l.change_fen,
       b.fen + sum(l.change_fen) OVER (ORDER BY l.business_day, l.place, l.id),
       l.event_at, l.created_at, l.business_day, l.place, l.kind, a.owner
  FROM line l
 CROSS JOIN ({opening}) b
  JOIN ledger.account a ON a.pool = %(pool)s AND a.id = l.other
 ORDER BY l.business_day, l.place, l.id
"""
_OPENING = f"""
SELECT CASE WHEN %(debit_side)s THEN o.debit_posted - o.credit_posted
            ELSE o.credit_posted - o.debit_posted END AS fen
  FROM ledger.totals_before(%(pool)s, {_ACCOUNT}, %(from_day)s::date) o
"""


def _page_sql(first: bool) -> str:
    after = "" if first else _AFTER
    return _STATEMENT.format(
        debits=_SIDE.format(
            side="debit", other="x.credit", debited="true", account=_ACCOUNT, after=after
        ),
        credits=_SIDE.format(
            side="credit", other="x.debit", debited="false", account=_ACCOUNT, after=after
        ),
        opening=_OPENING if first else "SELECT %(after_fen)s::bigint AS fen",
    )


_FIRST_PAGE, _NEXT_PAGE = _page_sql(True), _page_sql(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page of a statement ended and what the balance was: the next one goes on from it."""

    day: date
    place: int
    id: UUID
    balance_fen: int


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
    """What the book knew at `moment` (by created_at): the days cut by then, and part of one."""
    row = _row(
        "SELECT debit_posted - credit_posted FROM ledger.totals_at(%s, "
        "ledger.account_id(%s::integer, %s::smallint, %s), %s)",
        [pool, pool, ref.in_chart.number, ref.owner, moment],
    )
    assert row is not None
    return int(row[0] or 0) * (1 if ref.in_chart.side == "debit" else -1)


def statement(
    pool: int,
    ref: Ref,
    *,
    from_day: date,
    to_day: date,
    after: Place | None = None,
    limit: int = 50,
) -> Page:
    """The account's transfers in the order they were booked, with the running balance.

    A page goes on from where and from what balance the one before ended. Pages of cut days never
    change; on the open day what was still being booked beside a page may be missing from it.
    """
    rows = ask(
        _FIRST_PAGE if after is None else _NEXT_PAGE,
        {
            "pool": pool,
            "kind": ref.in_chart.number,
            "owner": ref.owner,
            "debit_side": ref.in_chart.side == "debit",
            "from_day": from_day,
            "to_day": to_day,
            "after_day": after and after.day,
            "after_place": after and after.place,
            "after_id": after and after.id,
            "after_fen": after and after.balance_fen,
            "limit": limit + 1,
        },
    )
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return Page(
        lines=[_line(row) for row in page],
        after=(
            Place(day=last[9], place=last[10], id=last[0], balance_fen=int(last[6]))
            if last
            else None
        ),
    )


def trial_balance(pool: int, day: date) -> list[TrialLine]:
    """Every kind's debits and credits up to and including `day`; the two columns are equal."""
    rows = ask(
        "SELECT k.number, k.name, k.book, t.debit_posted::bigint, t.credit_posted::bigint"
        " FROM ledger.trial(%s, %s) t JOIN ledger.account_kind k ON k.number = t.kind"
        " ORDER BY k.number",
        [pool, day],
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


def pools_across(pool: int) -> set[int]:
    """The pools that this one's book, or whose book this one, has an account between pools of."""
    rows = ask(_ACROSS, {"pool": pool, "kinds": [BY_NAME[name].number for name in _BETWEEN_POOLS]})
    return {int(row[0]) for row in rows}


def _booked(where: str, parameters: list[Any]) -> list[Booked]:
    order = " ORDER BY t.business_day, t.place, t.created_at, t.id"
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
        for row in ask(_BOOKED + where + order, parameters)
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
        against=ref_of(row[11], row[12]),
    )


def _row(sql: str, parameters: Any) -> tuple[Any, ...] | None:
    return next(iter(ask(sql, parameters)), None)
