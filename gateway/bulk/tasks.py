"""The outstanding work of enterprises' orders: money that came, deadlines, and what banks said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import duties, trail
from accounts.actors import WORKER
from accounts.duties import Later, duty
from gateway.bulk import funding, matters, ordering, queries, returning
from gateway.bulk.models import BulkOrder, ReturnPart
from reserve_funds.custody.bank.models import Instruction, Understanding
from reserve_funds.custody.cases import services as cases

UNDERSTOOD: Final = "bulk.understood"
BANK_SAID: Final = "bulk.bank_said"
_SOON = (*[timedelta(minutes=1)] * 10, *[timedelta(hours=1)] * 240)
_DAILY = (timedelta(days=1),) * 60
_MOVES: Final = {"paid": "done", "dropped": "stopped", "rejected": "stopped", "returned": "stopped"}


@duty(ordering.SHARE, schedule=_SOON, lease=timedelta(minutes=5))
def share(order_id: UUID, now: datetime) -> Later | None:
    """The order's people have their claims, once its money is there."""
    return funding.share(order_id, now)


@duty(ordering.LAPSE, schedule=_DAILY)
def lapse(order_id: UUID, now: datetime) -> Later | None:
    """An order past its time is over."""
    return ordering.lapse(order_id, now)


@duty(returning.LAPSE, schedule=_DAILY)
def lapse_return(return_id: UUID, now: datetime) -> Later | None:
    """A return nobody decided on."""
    return returning.lapse(return_id, now)


@duty(UNDERSTOOD, schedule=_SOON)
def understood(word_id: UUID, now: datetime) -> None:
    """Two officers have said whose a bank entry is: an order of ours?"""
    word = Understanding.objects.filter(pk=word_id, as_kind="unloaded_orders").first()
    if word is None:
        return
    order = BulkOrder.objects.filter(pk=word.as_owner, state="approved").first()
    if order is not None:
        duties.owe(ordering.SHARE, order.pk, now=now)


@duty(BANK_SAID, schedule=_SOON)
def bank_said(instruction_id: UUID, now: datetime) -> None:
    """What became of a payment to a bank account: of one of ours?"""
    told = Instruction.objects.get(pk=instruction_id)
    with transaction.atomic():
        rows = ReturnPart.objects.select_for_update()
        part = rows.filter(goes_as=told.request_id).first()
        to = _MOVES.get(told.state, "")
        if part is not None and to in part.MOVES[part.state]:
            because = f"the bank's payment is {told.state}"
            trail.advance(part, to=to, actor=WORKER, because=because, now=now)


@duty(funding.DEADLINE, schedule=_DAILY)
def deadline(order_id: UUID, now: datetime) -> Later | None:
    """Past its time somebody must ask back what nobody took; until then it can be loaded."""
    order = queries.order(order_id)
    count, fen = queries.progress(order).of(*queries.UNTAKEN)
    subject = f"bulk_order:{order.pk}"
    if order.claim_until is None or now < order.claim_until:
        return Later(at=order.claim_until or now + timedelta(days=1))
    if not count:
        cases.close_case(
            matters.UNCLAIMED, pool=order.pool, subject=subject, actor=WORKER,
            because="no claim waits any more", now=now,
        )  # fmt: skip
        return None
    cases.open_case(
        matters.UNCLAIMED, pool=order.pool, subject=subject, now=now, amount_fen=fen, claims=count
    )
    return Later(at=now + timedelta(days=1), because="claims wait for their return")
