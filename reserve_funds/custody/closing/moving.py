"""专户间调拨: between a pool's own accounts the book is ahead of the receiving bank.

The receiving account is debited when two officers approve; its bank shows the money when it comes,
often after a day's cut. Until then it is an open difference of that account, listed by its number
and never netted with anything. Money that the paying bank has shown gone and that is not there a
working day later is explained by nothing, until the receiving bank shows it after all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.identifiers import derive
from reserve_funds.custody.bank.models import CustodyAccount, Instruction, Reading
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import queries

_WORKING_DAYS_BETWEEN_BANKS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OnItsWay:
    """What the book has on an account and its bank has not shown, for one transfer between ours."""

    account_id: str
    number: str
    amount_fen: int


def to(
    receiving: Collection[CustodyAccount], pool: int, day: date, *, late: Collection[UUID]
) -> list[OnItsWay]:
    """Of these accounts at the day's end; `late` are transfers booked since that are of the day."""
    arrived = Reading.objects.filter(kind=Kind.CUSTODY_ARRIVED)
    by_the_day = arrived.filter(instruction=OuterRef("pk"), entry__booked_day__lte=day)
    wanted = list(
        Instruction.objects.filter(
            ~Exists(by_the_day), pool=pool, purpose=Purpose.CUSTODY_TRANSFER,
            payee_account__in=list(receiving),
        ).exclude(state="asked")
    )  # fmt: skip
    seen = _seen(wanted, day)
    shown = set(arrived.filter(instruction__in=wanted).values_list("instruction_id", flat=True))
    found = []
    for one in wanted:
        entries = seen.get(one.id, {})
        if one.id not in shown and _is_overdue(entries.get(Kind.PAID), day):
            continue
        fen = _booked_fen(one, entries, day, late)
        if fen:
            found.append(OnItsWay(account_id=one.source_owner, number=one.number, amount_fen=fen))
    return found


def _seen(wanted: list[Instruction], day: date) -> dict[UUID, dict[str, Reading]]:
    """By instruction and kind: what banks had told of it by the day."""
    rows = Reading.objects.filter(
        instruction__in=wanted, entry__booked_day__lte=day
    ).select_related("entry")
    found: dict[UUID, dict[str, Reading]] = {}
    for row in rows.order_by("entry__booked_day"):
        assert row.instruction_id is not None, "they were asked for by it"
        found.setdefault(row.instruction_id, {})[row.kind] = row
    return found


def _booked_fen(
    one: Instruction, entries: Mapping[str, Reading], day: date, late: Collection[UUID]
) -> int:
    """What the book made of it on the receiving account by the day: sent, less taken back."""
    booked = queries.transfers_of(one.pool, one.in_transit)
    if (returned := entries.get(Kind.RETURNED)) is not None:
        booked += queries.transfers_of_event(one.pool, [derive(returned.entry_id, "bank_returned")])
    return sum(
        (each.debit == one.source) * each.amount_fen - (each.credit == one.source) * each.amount_fen
        for each in booked
        if each.business_day <= day or each.id in late
    )


def _is_overdue(paid: Reading | None, day: date) -> bool:
    if paid is None:
        return False
    gone_on: date = paid.entry.booked_day
    try:
        return calendar.add_working(gone_on, _WORKING_DAYS_BETWEEN_BANKS) < day
    except CalendarUnknown:
        return gone_on + timedelta(days=_WORKING_DAYS_BETWEEN_BANKS) < day
