"""凭证: the numbers a close gives to transfers, 1, 2, 3 … a day, without a gap; their lines."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from reserve_funds.ledger import queries
from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.values import Booked, Ref

_WRITTEN = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})\s*[-_/ ]\s*(\d{1,9})")
_NUMBERED = """
SELECT v.business_day, v.number, v.transfer, a.approval_id
  FROM ledger.voucher v
  LEFT JOIN ledger.adjustment a ON a.pool = v.pool AND a.transfer = v.transfer
"""
_OF_DAY = " WHERE v.pool = %s AND v.business_day = %s AND v.number > %s ORDER BY v.number LIMIT %s"
_ONE = " WHERE v.pool = %s AND v.business_day = %s AND v.number = %s"
_OF_TRANSFERS = """
SELECT v.transfer, v.business_day, v.number FROM ledger.voucher v
 WHERE v.pool = %s AND v.transfer = ANY(%s::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Number:
    """凭证号: the day and the place in it, counted from 1. Written `20261120-000012`."""

    day: date
    serial: int

    def __str__(self) -> str:
        return f"{self.day:%Y%m%d}-{self.serial:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a voucher: an account, and its amount on one side, in fen."""

    ref: Ref
    debit_fen: int
    credit_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """One numbered transfer. `adjusted_under`: the approval that let it into a day cut already."""

    number: Number
    booked: Booked
    adjusted_under: UUID | None

    @property
    def lines(self) -> tuple[Line, Line]:
        """Debit first; both come to the same."""
        one = self.booked
        return (
            Line(ref=one.debit, debit_fen=one.amount_fen, credit_fen=0),
            Line(ref=one.credit, debit_fen=0, credit_fen=one.amount_fen),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Vouchers in the order of their numbers; the next page begins after `after`, None: no more."""

    vouchers: list[Voucher]
    after: int | None


def of_day(pool: int, day: date, *, after: int = 0, limit: int = 50) -> Page:
    """A closed day's vouchers whose number is above `after`; a day not closed has none.

    Two questions, however large the day is. A closed day's pages never change.
    """
    found = _asked(_OF_DAY, pool, [pool, day, after, limit + 1])
    shown = found[:limit]
    return Page(
        vouchers=shown, after=shown[-1].number.serial if len(found) > limit and shown else None
    )


def one(pool: int, number: Number) -> Voucher | None:
    """The voucher of this number; None when the day is not closed or has fewer."""
    found = _asked(_ONE, pool, [pool, number.day, number.serial])
    return found[0] if found else None


def numbers_of(pool: int, transfers: Collection[UUID]) -> dict[UUID, Number]:
    """The numbers of these transfers, of those that have one. One question."""
    return {
        transfer: Number(day=day, serial=serial)
        for transfer, day, serial in ask(_OF_TRANSFERS, [pool, list(transfers)])
    }


def read(text: str) -> Number | None:
    """A number as people write it (`20261120-000012`, `2026-11-20-12`); None when it is none."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return Number(day=day, serial=int(found[4]))


def _asked(where: str, pool: int, parameters: list[Any]) -> list[Voucher]:
    rows = ask(_NUMBERED + where, parameters)
    booked = {each.id: each for each in queries.transfers_of_event(pool, [row[2] for row in rows])}
    return [
        Voucher(
            number=Number(day=day, serial=serial), booked=booked[transfer], adjusted_under=approval
        )
        for day, serial, transfer, approval in rows
    ]
