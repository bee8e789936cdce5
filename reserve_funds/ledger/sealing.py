"""The states of a business day after its cut: checked, blocked or sealed, never open again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError

from reserve_funds.ledger.faults import refusal
from reserve_funds.ledger.prepared import ask

_SEALS = """
SELECT s.pool, s.business_day, s.vouchers, s.root, s.exception, s.approval_id, s.sealed_at, s.text,
       s.digest, s.previous, g.key_name, g.algorithm, g.public_key, g.signature
  FROM ledger.seal s
  LEFT JOIN ledger.seal_signature g ON g.pool = s.pool AND g.business_day = s.business_day
 WHERE s.pool = %s AND s.business_day BETWEEN %s AND %s
 ORDER BY s.business_day
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayState:
    """A business day as it stands: open, cut, checking, closed or blocked."""

    pool: int
    day: date
    profile: str
    state: str
    cut_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with the book since the last seal: the rule, what, and how."""

    rule: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldGate:
    """What a gate said: `found` is the SHA-256 of what it found."""

    rule: str
    passed: bool
    found: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed a seal's text, how, and the signature."""

    key_name: str
    algorithm: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The seal of a closed day. `text` is what is signed; `previous` chains it to the one before.

    `exception` names what was true but bad, under the approval of two officers; else empty.
    """

    pool: int
    day: date
    vouchers: int
    root: bytes
    exception: str
    approval_id: UUID | None
    sealed_at: datetime
    text: str
    digest: bytes
    previous: bytes | None
    signature: Signature | None


def state_of(pool: int, day: date) -> DayState | None:
    """The day as it stands, None when the pool has no such day."""
    found = days(pool, first=day, last=day)
    return found[0] if found else None


def days(pool: int, *, first: date, last: date) -> list[DayState]:
    """The pool's business days in a span, in order."""
    rows = ask(
        "SELECT pool, day, profile, state, cut_at, closed_at FROM ledger.business_day"
        " WHERE pool = %s AND day BETWEEN %s AND %s ORDER BY day",
        [pool, first, last],
    )
    return [
        DayState(
            pool=row[0], day=row[1], profile=row[2], state=row[3], cut_at=row[4], closed_at=row[5]
        )
        for row in rows
    ]


def to_close() -> list[tuple[int, date]]:
    """Every day that is cut and not closed, of every pool, oldest first."""
    rows = ask(
        "SELECT pool, day FROM ledger.business_day"
        " WHERE state IN ('cut', 'checking', 'blocked') ORDER BY day, pool",
        [],
    )
    return [(row[0], row[1]) for row in rows]


def pools() -> list[int]:
    """Every pool that was ever opened."""
    return [row[0] for row in ask("SELECT pool FROM ledger.pool ORDER BY pool", [])]


def first_unclosed(pool: int) -> date | None:
    """The pool's first day that is not closed (the open one when all before it are)."""
    rows = ask(
        "SELECT min(day) FROM ledger.business_day WHERE pool = %s AND state <> 'closed'", [pool]
    )
    return rows[0][0]  # type: ignore[no-any-return]


def check_day(pool: int, day: date) -> int:
    """Begins a check and says its number; 0 when the day is closed. DayNotInState when open."""
    return int(_one("SELECT ledger.check_day(%s::integer, %s::date)", [pool, day]))


def check_book(pool: int, day: date, check: int | None) -> list[Fault]:
    """What is wrong with the book since the last seal, up to a thousand faults; none: it is sound.

    Under a check (`check_day`) the database remembers that it was sound; without one it only
    looks. What lies below the last seal was proven by it; `check_book` re-derives all of it.
    """
    sql = "SELECT rule, subject, detail FROM ledger."
    rows = (
        ask(sql + "day_faults(%s::integer, %s::date) LIMIT 1000", [pool, day])
        if check is None
        else _rows(sql + "check_day_book(%s::integer, %s::date, %s::integer)", [pool, day, check])
    )
    return [Fault(rule=row[0], subject=row[1], detail=row[2] or "") for row in rows]


def tell_gates(pool: int, day: date, check: int, told: Sequence[ToldGate]) -> None:
    """Tells what the gates found that the database cannot see itself; once a check.

    DayNotInState when another check has begun, DayUnsound for a gate it answers itself.
    """
    _one(
        "SELECT ledger.tell_gates(%s::integer, %s::date, %s::integer, %s::text[], %s::boolean[],"
        " %s::bytea[])",
        [
            pool,
            day,
            check,
            [gate.rule for gate in told],
            [gate.passed for gate in told],
            [gate.found for gate in told],
        ],
    )


def wanted_gates() -> dict[str, tuple[bool, bool]]:
    """Every gate the database wants: whether it blocks, and whether it answers it itself."""
    rows = ask("SELECT rule, blocks, own FROM ledger.close_gate", [])
    return {rule: (blocks, own) for rule, blocks, own in rows}


def block_day(pool: int, day: date, check: int) -> None:
    """The check found what forbids the seal. DayNotInState when another check has begun."""
    _one("SELECT ledger.block_day(%s::integer, %s::date, %s::integer)", [pool, day, check])


def seal_day(
    pool: int, day: date, check: int, *, exception: str = "", approval_id: UUID | None = None
) -> str:
    """Numbers, freezes and seals the day; the text to sign, in the same transaction.

    Only under a check that found the book sound and told every gate. `exception` names the gates
    that did not pass and spends an approval of exactly these words. DayNotInState, DayUnsound,
    ApprovalNotUsable.
    """
    return str(
        _one(
            "SELECT ledger.seal_day(%s::integer, %s::date, %s::integer, %s::text, %s::uuid)",
            [pool, day, check, exception, approval_id],
        )
    )


def exception_text(pool: int, day: date, exception: str) -> bytes:
    """What an approval of an exception is bound to (its SHA-256 is the fingerprint)."""
    return f"except|{pool}|{day}|{exception}".encode()


def sign_seal(pool: int, day: date, signature: Signature) -> None:
    """Keeps the signature beside the seal, once."""
    _one(
        "SELECT ledger.sign_seal(%s::integer, %s::date, %s::text, %s::text, %s::bytea, %s::bytea)",
        [
            pool,
            day,
            signature.key_name,
            signature.algorithm,
            signature.public_key,
            signature.signature,
        ],
    )


def seals(pool: int, *, first: date, last: date) -> list[Seal]:
    """The seals of a pool's closed days in a span, in order."""
    return [
        Seal(
            pool=row[0],
            day=row[1],
            vouchers=row[2],
            root=bytes(row[3]),
            exception=row[4],
            approval_id=row[5],
            sealed_at=row[6],
            text=row[7],
            digest=bytes(row[8]),
            previous=None if row[9] is None else bytes(row[9]),
            signature=None
            if row[10] is None
            else Signature(
                key_name=row[10],
                algorithm=row[11],
                public_key=bytes(row[12]),
                signature=bytes(row[13]),
            ),
        )
        for row in ask(_SEALS, [pool, first, last])
    ]


def _one(sql: str, parameters: list[Any]) -> Any:
    return _rows(sql, parameters)[0][0]


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    try:
        return ask(sql, parameters)
    except DatabaseError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error
