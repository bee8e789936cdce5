"""Placements follow the book: placed when their money is on its way, ended when all is back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from accounts.identifiers import derive
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import close_case, open_case
from reserve_funds.custody.placements import maturity, returning
from reserve_funds.custody.placements.errors import PlacementMalformed
from reserve_funds.custody.placements.models import Placement
from reserve_funds.ledger import book, queries

FOLLOW = "custody_placement_follow"
LOSS = kinds.register(
    "placement_below_principal",
    zh="保本存放收回不足本金:当日由自有资金补足",
    en="A placement came back below its principal: own money covers it the same day",
)
OVERDUE = kinds.register(
    "placement_not_back",
    zh="保本存放到期未收回",
    en="A placement has matured and is not back",
)
_ON_ITS_WAY = frozenset({"ready", "sent", "paid"})
_GONE = frozenset({"dropped", "rejected", "returned", "not_instructed"})


def attach() -> None:
    """From now on a placement hears of every move of its instruction."""
    trail.tell("instruction", _ON_ITS_WAY | _GONE, duty=FOLLOW)


@duties.duty(FOLLOW, schedule=[timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)])
def follow(instruction_id: UUID, now: datetime) -> None:
    """Its instruction moved: the money is placed, or it never left and the placement is dropped."""
    moved = Instruction.objects.filter(pk=instruction_id, source_kind="placement").first()
    if moved is None:
        return
    with transaction.atomic():
        row = Placement.objects.select_for_update().filter(pk=moved.source_owner).first()
        if row is None:
            return
        if moved.state in _ON_ITS_WAY and row.state == "asked":
            trail.advance(row, to="placed", actor=WORKER, because=f"instruction {moved.state}",
                          now=now)  # fmt: skip
        elif moved.state == "paid" and row.state == "dropped":
            trail.advance(row, to="placed", actor=WORKER, because="it was paid after all",
                          now=now, ended_at=None)  # fmt: skip
        elif moved.state in _GONE and row.state in ("asked", "placed"):
            trail.advance(row, to="dropped", actor=WORKER, because=f"instruction {moved.state}",
                          now=now, ended_at=now)  # fmt: skip


def watch(now: datetime) -> None:
    """Ends what is back; what matured and is not back is a case, what came back short a loss."""
    today = business_day(now)
    for placement_id in list(
        Placement.objects.filter(state="placed").order_by("id").values_list("id", flat=True)
    ):
        with transaction.atomic():
            row = Placement.objects.select_for_update().get(pk=placement_id)
            if row.state == "placed":
                _look_at(row, today, now)


def below_principal(
    placement_id: UUID, *, loss_fen: int, because: str, actor: Actor, now: datetime
) -> None:
    """Principal is below the book: own money owes the difference from this day on (R11, I11).

    Books own_cover_due(placement_loss) with its leg in the own book, and opens a case that is due
    today. Bound to the placement and what is left of it: the same again is the same.
    PlacementMalformed unless the loss is positive and at most what the book still has.
    """
    with transaction.atomic():
        row = Placement.objects.select_for_update().get(pk=placement_id)
        if row.state != "placed" or not 0 < loss_fen <= queries.balance_fen(row.pool, row.ref):
            raise PlacementMalformed(field="loss_fen")
        _book_loss(row, loss_fen, because=because, actor=actor, now=now)
        _look_at(row, business_day(now), now)


def _book_loss(row: Placement, loss_fen: int, *, because: str, actor: Actor, now: datetime) -> None:
    left = queries.balance_fen(row.pool, row.ref)
    book.post(
        postings.loss_covered(
            row.pool,
            derive(row.id, f"loss at {left}"),
            reason=CoverReason.PLACEMENT_LOSS,
            from_account=row.ref,
            amount_fen=loss_fen,
            event_at=now,
        )
    )
    open_case(
        LOSS,
        pool=row.pool,
        subject=f"placement:{row.id}",
        now=now,
        amount_fen=loss_fen,
        deadline=business_day(now),
        because=because,
    )
    trail.record("placement_loss_booked", actor=actor, now=now,
                 subject=f"placement:{row.id}", loss_fen=loss_fen)  # fmt: skip


def _look_at(row: Placement, today: date, now: datetime) -> None:
    left, subject = queries.balance_fen(row.pool, row.ref), f"placement:{row.id}"
    due = returning.due_on(row)
    if left and today >= due and maturity.came_back(row, since=due):
        _book_loss(row, left, because="it came back below its principal", actor=WORKER, now=now)
        left = 0
    awaited = returning.look_at(row, left, now)
    if left == 0:
        trail.advance(row, to="ended", actor=WORKER, because="nothing of it is left", now=now,
                      ended_at=now)  # fmt: skip
        close_case(OVERDUE, pool=row.pool, subject=subject, actor=WORKER, because="ended", now=now)
    elif today > due:
        open_case(OVERDUE, pool=row.pool, subject=subject, now=now, amount_fen=left,
                  deadline=today, matured_on=due)  # fmt: skip
    elif awaited is not None and today > awaited.due_on:
        open_case(OVERDUE, pool=row.pool, subject=subject, now=now, deadline=today,
                  amount_fen=awaited.principal_fen, number=awaited.number)  # fmt: skip
    else:
        close_case(OVERDUE, pool=row.pool, subject=subject, actor=WORKER,
                   because="nothing of it is due now", now=now)  # fmt: skip
