"""提前支取: a placement is asked back, whole or in part, by one officer and another.

Nothing moves by asking: the bank is told by the number fixed here (in a letter, at its counter),
and what comes back is booked when a statement shows it, known by contract or by that number.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, people, trail
from accounts.actors import SYSTEM, WORKER, Actor
from accounts.clock import business_day
from accounts.errors import NotAllowed
from accounts.identifiers import new_id
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank.payees import number_of
from reserve_funds.custody.placements.errors import (
    PlacementMalformed,
    PlacementUnknown,
    ReturnOver,
)
from reserve_funds.custody.placements.models import Placement, PlacementReturn
from reserve_funds.ledger import queries

PURPOSE = "custody.placement_return"
TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200
_SPEND = "SELECT public.custody_placements_spend_return(%s)"


def ask(
    placement_id: UUID,
    *,
    principal_fen: int | None = None,
    due_on: date,
    because: str,
    maker: Person,
    now: datetime,
) -> PlacementReturn:
    """One officer asks it back by `due_on`: all that is left of it, or a part.

    PlacementUnknown, NotAllowed, PlacementMalformed (`placement`: it is not placed, or asked back
    already; `principal_fen`, `due_on`, `because`).
    """
    with transaction.atomic():
        row = Placement.objects.select_for_update().filter(pk=placement_id).first()
        if row is None:
            raise PlacementUnknown(id=str(placement_id))
        if not people.has_role(maker, FINANCE_OFFICER, row.pool, now):
            raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
        left_fen = queries.balance_fen(row.pool, row.ref)
        wanted_fen = left_fen if principal_fen is None else principal_fen
        sound = {
            "placement": row.state == "placed" and standing(row) is None,
            "principal_fen": type(wanted_fen) is int and 0 < wanted_fen <= left_fen,
            "due_on": due_on >= business_day(now),
            "because": 0 < len(because.strip()) <= _LONGEST_REASON,
        }
        for field, right in sound.items():
            if not right:
                raise PlacementMalformed(field=field)
        return _asked(row, left_fen, wanted_fen, due_on, because.strip(), maker, now)


def approve(return_id: UUID, *, checker: Person, now: datetime) -> PlacementReturn:
    """A second officer allows it: the bank may be told by its number. Again is nothing.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, ReturnOver, PlacementUnknown,
    PlacementMalformed (less is left of it than is asked back).
    """
    with transaction.atomic():
        asked = _locked(return_id)
        if asked.state == "approved" and approvals.get(asked.id).checker_id == checker.pk:
            return asked
        _require(asked, "asked")
        row = asked.placement
        if row.state != "placed" or queries.balance_fen(row.pool, row.ref) < asked.principal_fen:
            raise PlacementMalformed(field="principal_fen")
        approvals.approve(asked.id, checker=checker, now=now)
        with connection.cursor() as cursor:
            cursor.execute(_SPEND, [asked.id])
            if (outcome := cursor.fetchone()[0]) != "spent":
                raise ReturnOver(id=str(asked.id), state=outcome)
        _move(asked, "approved", checker, asked.because, now)
    return asked


def refuse(return_id: UUID, *, checker: Person, because: str, now: datetime) -> PlacementReturn:
    """A second officer says no; it stays placed until it matures."""
    with transaction.atomic():
        asked = _locked(return_id)
        _require(asked, "asked")
        approvals.refuse(asked.id, checker=checker, now=now)
        _move(asked, "refused", checker, because, now)
    return asked


def call_off(return_id: UUID, *, officer: Person, because: str, now: datetime) -> PlacementReturn:
    """The bank does not give it back early, or it is not wanted any more. NotAllowed, ReturnOver.

    Nothing has moved; what the bank pays back all the same is booked as any principal.
    """
    with transaction.atomic():
        asked = _locked(return_id)
        _require(asked, "approved")
        if not people.has_role(officer, FINANCE_OFFICER, asked.pool, now):
            raise NotAllowed(person=str(officer.pk), role=FINANCE_OFFICER)
        _move(asked, "called_off", officer, because, now)
        actor = Actor(kind="officer", id=str(officer.pk))
        subject = f"placement_return:{asked.id}"
        trail.record("placement_return_called_off", actor=actor, now=now, subject=subject)
    return asked


def standing(placement: Placement) -> PlacementReturn | None:
    """The return of this placement that is asked for or allowed, if there is one."""
    rows = PlacementReturn.objects.filter(placement=placement, state__in=("asked", "approved"))
    return rows.first()


def due_on(placement: Placement) -> date:
    """The day it should be back: the day it matures, or before, when it is asked back whole."""
    allowed = standing(placement)
    if allowed is None or allowed.state != "approved" or not allowed.is_whole:
        return placement.matures_on
    return min(allowed.due_on, placement.matures_on)


def look_at(placement: Placement, left_fen: int, now: datetime) -> PlacementReturn | None:
    """Ends what is back; what is still awaited, or None. In the caller's transaction."""
    allowed = standing(placement)
    if allowed is None or allowed.state != "approved":
        return None
    if allowed.left_fen - left_fen >= allowed.principal_fen:
        because = "the statements show it"
        trail.advance(allowed, to="back", actor=WORKER, because=because, now=now)
        return None
    return allowed


def expire(now: datetime) -> int:
    """Ends what nobody decided in time; how many there were."""
    late = PlacementReturn.objects.filter(state="asked", expires_at__lte=now)
    ended = 0
    for return_id in list(late.values_list("id", flat=True)[:200]):
        with transaction.atomic():
            asked = _locked(return_id)
            if asked.state == "asked":
                because = "nobody decided in time"
                trail.advance(asked, to="expired", actor=SYSTEM, because=because, now=now)
                ended += 1
    return ended


def _asked(
    row: Placement,
    left_fen: int,
    wanted_fen: int,
    due: date,
    because: str,
    maker: Person,
    now: datetime,
) -> PlacementReturn:
    number = number_of(new_id(now), now)
    words = f"placement return|{row.pool}|{row.id}|{number}|{wanted_fen}|{due.isoformat()}"
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=row.pool,
        content={
            "placement": str(row.id),
            "contract_no": row.contract_no,
            "number": number,
            "principal_fen": wanted_fen,
            "due_on": due.isoformat(),
            "because": because,
        },
        fingerprint=hashlib.sha256(words.encode()).digest(),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )
    return PlacementReturn.objects.create(
        id=approval.id,
        pool=row.pool,
        placement=row,
        number=number,
        principal_fen=wanted_fen,
        left_fen=left_fen,
        due_on=due,
        because=because,
        maker=maker,
        asked_at=now,
        expires_at=approval.expires_at,
    )


def _move(asked: PlacementReturn, to: str, by: Person, because: str, now: datetime) -> None:
    actor = Actor(kind="officer", id=str(by.pk))
    trail.advance(asked, to=to, actor=actor, because=because, now=now)


def _locked(return_id: UUID) -> PlacementReturn:
    rows = PlacementReturn.objects.select_related("placement").select_for_update(of=("self",))
    found = rows.filter(pk=return_id).first()
    if found is None:
        raise PlacementUnknown(id=str(return_id))
    return found


def _require(asked: PlacementReturn, state: str) -> None:
    if asked.state != state:
        raise ReturnOver(id=str(asked.id), state=asked.state)
