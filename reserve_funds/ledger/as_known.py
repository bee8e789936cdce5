"""The book as of a business day, as it was known at a moment: what reports are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from reserve_funds.chart import BY_NAME, BY_NUMBER
from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.queries import TrialLine
from reserve_funds.ledger.values import Ref, ref_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What one event moved between two kinds in a span of days."""

    code: str
    debit_kind: str
    credit_kind: str
    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What an account held, on its own side, and since when some of it has lain there."""

    owner: str
    amount_fen: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEvent:
    """What happened by the end of a day and was booked in a later one."""

    transfer: UUID
    code: str
    debit: Ref
    credit: Ref
    amount_fen: int
    event_at: datetime
    created_at: datetime
    business_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Money set aside that was neither booked nor given back."""

    hold_id: UUID
    code: str
    owner: str
    amount_fen: int
    event_at: datetime


def trial(pool: int, day: date, known_at: datetime) -> list[TrialLine]:
    """Every kind's debits and credits up to `day`, less what was booked there after `known_at`."""
    rows = ask(
        "SELECT kind, debit_posted::bigint, credit_posted::bigint"
        " FROM ledger.known_trial(%s::integer, %s::date, %s::timestamptz)",
        [pool, day, known_at],
    )
    return [
        TrialLine(
            number=number,
            name=BY_NUMBER[number].name,
            book=str(BY_NUMBER[number].book),
            debit_fen=debit,
            credit_fen=credit,
        )
        for number, debit, credit in rows
    ]


def movements(pool: int, first: date, last: date, known_at: datetime) -> list[Movement]:
    """What moved in the days from `first` to `last`, by event and kinds."""
    rows = ask(
        "SELECT code, debit_kind, credit_kind, lines, fen::bigint"
        " FROM ledger.movements(%s::integer, %s::date, %s::date, %s::timestamptz)",
        [pool, first, last, known_at],
    )
    return [
        Movement(
            code=code,
            debit_kind=BY_NUMBER[debit].name,
            credit_kind=BY_NUMBER[credit].name,
            lines=lines,
            amount_fen=fen,
        )
        for code, debit, credit, lines, fen in rows
    ]


def holdings(pool: int, kind: str, day: date, known_at: datetime) -> list[Holding]:
    """Every account of a kind that held something, oldest first (first in, first out)."""
    rows = ask(
        "SELECT owner, fen::bigint, since"
        " FROM ledger.holdings(%s::integer, %s::smallint, %s::date, %s::timestamptz)",
        [pool, BY_NAME[kind].number, day, known_at],
    )
    return [Holding(owner=owner, amount_fen=fen, since=since) for owner, fen, since in rows]


def overdrawn(
    pool: int, kinds: Sequence[str], day: date, known_at: datetime
) -> list[tuple[str, Holding]]:
    """(kind, account) of every account of these kinds of the reserve book that was below zero."""
    rows = ask(
        "SELECT kind, owner, fen::bigint FROM ledger.overdrawn(%s::integer, %s::smallint[],"
        " %s::date, %s::timestamptz)",
        [pool, [BY_NAME[kind].number for kind in kinds], day, known_at],
    )
    return [
        (BY_NUMBER[kind].name, Holding(owner=owner, amount_fen=fen, since=None))
        for kind, owner, fen in rows
    ]


def late_events(pool: int, day: date, known_at: datetime) -> list[LateEvent]:
    """What happened by the end of `day` (Shanghai) and was booked later, as known at `known_at`."""
    rows = ask(
        "SELECT transfer, code, debit_kind, debit_owner, credit_kind, credit_owner, fen, event_at,"
        " created_at, business_day"
        " FROM ledger.late_events(%s::integer, %s::date, %s::timestamptz)",
        [pool, day, known_at],
    )
    return [
        LateEvent(
            transfer=row[0],
            code=row[1],
            debit=ref_of(row[2], row[3]),
            credit=ref_of(row[4], row[5]),
            amount_fen=row[6],
            event_at=row[7],
            created_at=row[8],
            business_day=row[9],
        )
        for row in rows
    ]


def unresolved(pool: int, day: date, known_at: datetime) -> list[Unresolved]:
    """Money set aside and in doubt at the end of `day`, oldest first."""
    rows = ask(
        "SELECT hold, code, owner, fen, event_at"
        " FROM ledger.unresolved(%s::integer, %s::date, %s::timestamptz)",
        [pool, day, known_at],
    )
    return [
        Unresolved(hold_id=row[0], code=row[1], owner=row[2], amount_fen=row[3], event_at=row[4])
        for row in rows
    ]
