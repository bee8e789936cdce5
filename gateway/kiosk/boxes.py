"""Cash boxes: put in, taken out, counted by two people or a signing machine; differences booked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import approvals, duties, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import MakerIsChecker
from accounts.identifiers import derive, new_id
from accounts.models import Kiosk, Person
from accounts.roles import KIOSK_OPERATOR
from gateway.kiosk import counters, matters, quota, shops
from gateway.kiosk.creating import fingerprint, officer, refuse_without
from gateway.kiosk.errors import BoxNotReady, CountNotUnderstood, NoBoxInPlace
from gateway.kiosk.models import Box, Count, Intake
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting

PURPOSE = "kiosk_count"
TIME_TO_CONFIRM = timedelta(days=1)
BANK_DUTY = quota.BANK_DUTY


def put_in(kiosk: Kiosk, *, cause: UUID, actor: Actor, now: datetime) -> Box:
    """A new box is in the kiosk; the one before, if any, is out and waits to be counted.

    The same cause is the same box, also when the first answer never came.
    """
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        known = Box.objects.filter(pk=derive(cause, "box")).first()
        if known is not None:
            return known
        take_out(kiosk, actor=actor, now=now)
        day = business_day(now)
        begins = f"{kiosk.code}.{day:%Y%m%d}."
        number = Box.objects.filter(label__startswith=begins).count() + 1
        return Box.objects.create(
            id=derive(cause, "box"),
            kiosk=kiosk,
            pool=kiosk.operator.pool,
            label=f"{begins}{number}",
            opened_at=now,
        )


def take_out(kiosk: Kiosk, *, actor: Actor, now: datetime) -> Box | None:
    """The box is out of the kiosk; None when there was none."""
    with transaction.atomic():
        box = Box.objects.select_for_update().filter(kiosk=kiosk, state="in_kiosk").first()
        if box is None:
            return None
        trail.advance(
            box, to="removed", actor=actor, because="taken out of the kiosk", now=now,
            removed_at=now,
        )  # fmt: skip
        duties.owe(BANK_DUTY, box.id, now=now, due_at=now + timedelta(hours=1))
    return box


def bank_again(intake: Intake, *, now: datetime) -> None:
    """An order's cash lies in boxes that the bank may have seen already: their quota is due."""
    held = Box.objects.filter(records__intake=intake, state="banked").distinct()
    for box_id in held.values_list("id", flat=True):
        duties.owe(BANK_DUTY, box_id, now=now)


def in_place(kiosk: Kiosk) -> Box:
    """The box in the kiosk; NoBoxInPlace."""
    found = Box.objects.filter(kiosk=kiosk, state="in_kiosk").first()
    if found is None:
        raise NoBoxInPlace(kiosk=kiosk.code)
    return found


def of_label(kiosk: Kiosk, label: str) -> Box:
    """This kiosk's box of that label, in whatever state; NoBoxInPlace for any other."""
    found = Box.objects.filter(kiosk=kiosk, label=label).first()
    if found is None:
        raise NoBoxInPlace(kiosk=kiosk.code)
    return found


def count_by_first(
    box_id: UUID, notes: Mapping[int, int], *, first: Person, now: datetime
) -> Count:
    """The first of two people counts: notes by value in fen. Nothing is booked yet.

    NotAllowed, BoxNotReady, CountNotUnderstood.
    """
    counted = sum_of(notes)
    with transaction.atomic():
        box = _removed(box_id)
        refuse_without(first, KIOSK_OPERATOR, box.pool, now)
        content = {"box": box.label, "counted_fen": counted, "notes": told(notes)}
        approval = approvals.ask(
            maker=first,
            purpose=PURPOSE,
            pool=box.pool,
            content=content,
            fingerprint=fingerprint(content),
            now=now,
            expires_at=now + TIME_TO_CONFIRM,
            checker_role=KIOSK_OPERATOR,
        )
        return Count.objects.create(
            id=approval.id,
            box=box,
            counted_fen=counted,
            notes=told(notes),
            first=first,
            counted_at=now,
        )


def count_by_second(
    count_id: UUID, notes: Mapping[int, int], *, second: Person, now: datetime
) -> Count:
    """The second counts for themselves; only the same notes are a count, and are booked.

    CountNotUnderstood when they differ (then both count again), MakerIsChecker, BoxNotReady.
    """
    with transaction.atomic():
        count = _asked(count_id)
        if count.first_id == second.pk:
            raise MakerIsChecker(id=count_id, checker=second.pk)
        box = _removed(count.box_id)
        if told(notes) != count.notes:
            raise CountNotUnderstood("the two counts differ", box=box.label)
        approvals.approve(count_id, checker=second, now=now)
        _book(box, count, officer(second), now, second=second)
    return count


def refuse_count(count_id: UUID, *, checker: Person, now: datetime) -> None:
    """The second does not stand by the first's count: it is counted anew. As count_by_second."""
    with transaction.atomic():
        count = _asked(count_id)
        approvals.refuse(count_id, checker=checker, now=now)
        trail.advance(
            count, to="refused", actor=officer(checker), because="to be counted anew", now=now
        )


def count_by_counter(box_id: UUID, record_id: UUID, *, by: Person, now: datetime) -> Count:
    """What a counting machine signed for this very box is its count; one officer says so.

    NotAllowed, BoxNotReady, CountNotUnderstood where the record is another box's or a counter's
    that speaks no more.
    """
    with transaction.atomic():
        box = _removed(box_id)
        refuse_without(by, KIOSK_OPERATOR, box.pool, now)
        record = counters.record_for(box, record_id)
        count = Count.objects.create(
            id=new_id(now),
            box=box,
            counted_fen=record.counted_fen,
            notes=record.notes,
            first=by,
            counter_slip=record.slip,
            record=record,
            counted_at=record.counted_at,
        )
        _book(box, count, officer(by), now)
    return count


def _asked(count_id: UUID) -> Count:
    count = Count.objects.select_for_update(of=("self",)).filter(pk=count_id).first()
    if count is None or count.state != "asked":
        raise BoxNotReady(count=count_id)
    return count


def _removed(box_id: UUID) -> Box:
    rows = Box.objects.select_for_update(of=("self",)).select_related("kiosk__operator")
    box = rows.filter(pk=box_id).first()
    if box is None or box.state != "removed":
        raise BoxNotReady(box=box.label if box else str(box_id), state=box.state if box else "")
    if shops.is_prepaid(box.kiosk):
        raise BoxNotReady("a shop's cash is its own", box=box.label, state=box.state)
    return box


def sum_of(notes: Mapping[int, int]) -> int:
    """What notes by value come to, in fen; CountNotUnderstood."""
    if any(value <= 0 or many < 0 for value, many in notes.items()):
        raise CountNotUnderstood
    return sum(value * many for value, many in notes.items())


def told(notes: Mapping[int, int]) -> dict[str, int]:
    """Notes as they are kept: those there are, by value."""
    return {str(value): many for value, many in sorted(notes.items()) if many}


def _book(
    box: Box, count: Count, actor: Actor, now: datetime, *, second: Person | None = None
) -> None:
    """What was counted beside what is booked: short is own money's, over lies in suspense."""
    cash = postings.account("cash_in_transit", box.label)
    booked = ledger.balance_fen(box.pool, cash)
    difference = count.counted_fen - booked
    facts: dict[str, Any] = {
        "pool": box.pool, "subject": f"box:{box.label}", "now": now,
        "amount_fen": abs(difference), "kiosk": box.kiosk.code, "counted_fen": count.counted_fen,
        "booked_fen": booked,
    }  # fmt: skip
    if difference < 0:
        book.post(_short(box, count, -difference, now))
        cases.open_case(matters.CASH_SHORT, **facts)
    elif difference > 0:
        book.post([_over(box, count, difference, now)])
        cases.open_case(matters.CASH_OVER, **facts)
    changes: dict[str, Any] = {} if second is None else {"second": second}
    trail.advance(
        count, to="booked", actor=actor, because="counted", now=now, difference_fen=difference,
        **changes,
    )  # fmt: skip
    trail.advance(box, to="counted", actor=actor, because="its cash was counted", now=now)
    duties.owe(BANK_DUTY, box.id, now=now)


def _short(box: Box, count: Count, amount_fen: int, now: datetime) -> list[Posting]:
    return postings.loss_covered(
        box.pool,
        count.id,
        reason=CoverReason.CASH_SHORT,
        from_account=postings.account("cash_in_transit", box.label),
        amount_fen=amount_fen,
        event_at=now,
    )


def _over(box: Box, count: Count, amount_fen: int, now: datetime) -> Posting:
    return postings.of(
        "cash_over",
        box.pool,
        count.id,
        debit=postings.account("cash_in_transit", box.label),
        credit=postings.account("suspense", f"box:{box.label}"),
        amount_fen=amount_fen,
        event_at=now,
    )
