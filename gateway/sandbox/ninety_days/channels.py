"""Channels' habits: when each pays, in how many lines, what it keeps, what is on its bill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from gateway.sandbox.ninety_days.faults import Fault
from gateway.sandbox.ninety_days.trades import Batch
from gateway.sandbox.ninety_days.truth import Reaction, Truth
from gateway.sandbox.ninety_days.world import CHANNELS, CHARGE_WORDS, World
from reserve_funds import income, postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank.matters import CHARGE_CASE
from reserve_funds.custody.closing.services import BLOCKED
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import book as ledger
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Posting

EVERY_DAY = frozenset({"wechatpay"})
GROSS = "bank_guomi"
_DAY = timedelta(days=1)
_IN_TWO = 2

Pays = Callable[[World, Batch, date], None]


def settles(batch: Batch, world: World, fault: Fault | None) -> None:
    """The bill is told on the morning after the batch's day, and the channel pays by its habit."""
    morning = batch.day + _DAY
    batch_fault = fault if fault in _PAYOUTS or fault is Fault.NO_BILL else None
    if batch_fault is Fault.NO_BILL:
        _no_bill(world, batch)
    else:
        world.agenda.tell[morning] += batch.bill
        costs(world, batch, morning)
    if batch.channel == GROSS:
        return
    day = pays_on(batch)
    if batch_fault is not None and batch_fault in _PAYOUTS:
        _PAYOUTS[batch_fault](world, batch, day)
    elif batch.channel == "unionpay" and batch.day.toordinal() % _IN_TWO:
        part = batch.net_fen // 3
        paid_out(world, batch, day, part)
        paid_out(world, batch, day, batch.net_fen - part)
    else:
        paid_out(world, batch, day, batch.net_fen)


def pays_on(batch: Batch) -> date:
    """T+1: the next day where the channel pays every day, else the next working day."""
    if batch.channel in EVERY_DAY:
        return batch.day + _DAY
    return calendar.add_working(batch.day, 1)


def paid_out(world: World, batch: Batch, day: date, fen: int, *, fee_fen: int = 0) -> None:
    """One payout line that names the batch's day; `fee_fen` more was kept for it."""
    world.line(day, fen, f"{CHANNELS[batch.channel]}{batch.day:%Y%m%d}")
    if fee_fen:
        world.agenda.do[day + _DAY].append(partial(_late_fee, world, batch, fee_fen))


def gross_payout(world: World, batches: list[Batch], day: date) -> None:
    """What has gathered since the last working day in one line, gross; two officers tell it apart
    where it is of several days."""
    total = sum(batch.net_fen for batch in batches)
    first, last = batches[0].day, batches[-1].day
    if len(batches) == 1:
        paid_out(world, batches[0], day, total)
        return
    parts = {f"{GROSS}:{batch.day}": batch.net_fen for batch in batches}
    remark = f"{CHANNELS[GROSS]}{first:%Y%m%d}-{last:%d}"
    world.line(day, total, remark, seen=lambda entry: world.joint(entry, parts))


def gross_fee(world: World, fen: int, day: date) -> None:
    """The partner bank's fee, debited apart: a charge that officers see, own money covers it."""
    world.line(
        day,
        -fen,
        f"国密{CHARGE_WORDS}",
        seen=lambda entry: world.truths.habit(CHARGE_CASE, f"bank_entry:{entry}"),
    )


def costs(world: World, batch: Batch, day: date) -> None:
    """Fee, coupons and returned fees of a batch go into the book on that morning."""
    world.agenda.do[day].append(partial(_book_costs, world, batch))


def _book_costs(world: World, batch: Batch, now: datetime) -> None:
    cause = world.named("costs", batch.day)
    words: dict[str, Any] = {
        "channel": batch.channel,
        "settlement_day": batch.day,
        "event_at": now,
    }
    wanted: list[Posting] = []
    if batch.fee_fen:
        wanted += postings.fee_withheld(world.pool, cause, amount_fen=batch.fee_fen, **words)
    if batch.coupon_fen > 0:
        wanted += postings.coupon_used(world.pool, cause, amount_fen=batch.coupon_fen, **words)
    if batch.returned_fen:
        due = max(0, queries.balance_fen(world.pool, postings.own_cover_due(CoverReason.FEE)))
        lowered = min(batch.returned_fen, due + batch.fee_fen)
        covered = batch.returned_fen - lowered
        wanted += income.fee_returned(
            world.pool, cause, due_fen=lowered, covered_fen=covered, **words
        )
        world.owed_fen += covered
    ledger.post(wanted)


def _late_fee(world: World, batch: Batch, fee_fen: int, now: datetime) -> None:
    cause = world.named("late fee", batch.day)
    ledger.post(
        postings.fee_withheld(
            world.pool,
            cause,
            channel=batch.channel,
            settlement_day=batch.day,
            amount_fen=fee_fen,
            event_at=now,
        )
    )


def _keep(
    world: World,
    batch: Batch,
    fault: Fault,
    *,
    reaction: Reaction | None = None,
    waits: bool = False,
) -> None:
    world.truths.inject(
        Truth(
            fault=fault,
            pool=world.pool,
            day=batch.day,
            subjects=(f"batch:{batch.name}",),
            reaction=reaction,
            waits=waits,
        )
    )


def _no_bill(world: World, batch: Batch) -> None:
    def fetched(day: date) -> None:
        world.agenda.tell[day] += batch.bill
        costs(world, batch, day)

    _keep(world, batch, Fault.NO_BILL, reaction=fetched)
    # a day whose bill is missing stays open until it comes
    world.truths.habit(BLOCKED, f"day:{batch.day}")


def _wrong(fault: Fault, sign: int, *, fee: bool) -> Pays:
    def pays(world: World, batch: Batch, day: date) -> None:
        wrong_fen = (
            max(1, abs(batch.fee_fen - batch.returned_fen) // 2) if fee else batch.fee_fen + 5_00
        )
        paid_out(world, batch, day, batch.net_fen + sign * wrong_fen)
        _keep(world, batch, fault)

    return pays


def _twice(world: World, batch: Batch, day: date) -> None:
    paid_out(world, batch, day, batch.net_fen)
    paid_out(world, batch, day, batch.net_fen)
    _keep(world, batch, Fault.PAID_TWICE)


def _never(world: World, batch: Batch, _day: date) -> None:
    _keep(world, batch, Fault.NEVER_PAID)


def _late(world: World, batch: Batch, _day: date) -> None:
    def pays(day: date) -> None:
        paid_out(world, batch, day, batch.net_fen)

    _keep(world, batch, Fault.PAID_LATE, reaction=pays, waits=True)


_PAYOUTS: Mapping[Fault, Pays] = {
    Fault.PAID_LESS: _wrong(Fault.PAID_LESS, -1, fee=False),
    Fault.PAID_MORE: _wrong(Fault.PAID_MORE, 1, fee=False),
    Fault.PAID_FEE_MORE: _wrong(Fault.PAID_FEE_MORE, -1, fee=True),
    Fault.PAID_FEE_LESS: _wrong(Fault.PAID_FEE_LESS, 1, fee=True),
    Fault.PAID_TWICE: _twice,
    Fault.NEVER_PAID: _never,
    Fault.PAID_LATE: _late,
}
