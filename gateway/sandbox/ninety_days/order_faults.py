"""Faults of one order: what a side says otherwise, and what the outside says once it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from gateway.sandbox.ninety_days.channels import paid_out
from gateway.sandbox.ninety_days.faults import Fault
from gateway.sandbox.ninety_days.trades import Batch, Trade, again, book, written
from gateway.sandbox.ninety_days.truth import Reaction, Truth
from gateway.sandbox.ninety_days.world import World
from reserve_funds.custody.matching.values import Side, SideLine, Standing

_DAY = timedelta(days=1)
_MORE, _LESS, _CARD_MORE, _CLEARED = 10_00, 5_00, 7_00, 3_00
_SHIFT = timedelta(days=5)


def inject(world: World, batch: Batch, one: Trade, fault: Fault) -> None:
    """Changes the order before anybody has told of it, and remembers the truth."""
    _FAULTS[fault](world, batch, one)


def _keep(
    world: World,
    one: Trade,
    fault: Fault,
    *subjects: str,
    reaction: Reaction | None = None,
    waits: bool = False,
) -> None:
    world.truths.inject(
        Truth(
            fault=fault,
            pool=world.pool,
            day=one.real_day,
            subjects=subjects,
            reaction=reaction,
            waits=waits,
        )
    )


def _unwritten(one: Trade) -> None:
    one.is_loaded, one.card, one.clearing = False, None, []


def _of_order(one: Trade) -> str:
    return f"order:{one.payment_id}"


def _told(one: Trade) -> SideLine:
    assert one.order is not None
    return one.order


def _unknown_order(world: World, _batch: Batch, one: Trade) -> None:
    one.order, one.is_booked = None, False
    _unwritten(one)
    _keep(world, one, Fault.UNKNOWN_ORDER, f"bill:{one.bill[0].source_id}")


def _unbilled(world: World, _batch: Batch, one: Trade) -> None:
    one.bill, one.paid = [], []
    _keep(world, one, Fault.UNBILLED, _of_order(one))


def _late_row(fault: Fault, *, waits: bool) -> Callable[[World, Batch, Trade], None]:
    """The row and its money come after the difference was found: officers waited, or did not."""

    def act(world: World, batch: Batch, one: Trade) -> None:
        _comes_late(world, batch, one, fault, waits=waits)

    return act


def _comes_late(world: World, batch: Batch, one: Trade, fault: Fault, *, waits: bool) -> None:
    [row] = one.bill
    one.bill, one.paid = [], []

    def comes(day: date) -> None:
        before = batch.net_fen, batch.fee_fen
        batch.paid.append(row)
        more_fen, more_fee = batch.net_fen - before[0], batch.fee_fen - before[1]
        world.agenda.tell[day + _DAY].append(again(row, day + _DAY))
        paid_out(world, batch, day, more_fen, fee_fen=more_fee)

    _keep(world, one, fault, _of_order(one), reaction=comes, waits=waits)


def _billed(fault: Fault, more_fen: int) -> Callable[[World, Batch, Trade], None]:
    def act(world: World, _batch: Batch, one: Trade) -> None:
        [row] = one.bill
        fen = row.amount_fen + more_fen
        one.bill = [replace(row, amount_fen=fen, settled_fen=fen)]
        one.paid = list(one.bill)
        _keep(world, one, fault, _of_order(one))

    return act


def _state(world: World, _batch: Batch, one: Trade) -> None:
    order = _told(one)
    one.order = replace(order, standing=Standing.PENDING)
    one.is_booked = False
    _unwritten(one)

    def confirmed(day: date) -> None:
        world.agenda.tell[day].append(again(order, day))
        one.is_booked = one.is_loaded = True
        card, clearing = written(world, one.load_id, one.order_id, one.card_no, one.amount_fen, day)
        world.agenda.tell[day + _DAY].append(card)
        world.agenda.tell[day + 2 * _DAY].append(clearing)
        world.agenda.do[day].append(lambda _now: book(world, one, day))

    _keep(world, one, Fault.STATE, _of_order(one), reaction=confirmed)


def _bill_fee(world: World, _batch: Batch, one: Trade) -> None:
    [row] = one.bill
    one.bill = [replace(row, fee_in_100000=2 * (row.fee_in_100000 or 0) + 5_000)]

    def corrected(day: date) -> None:
        world.agenda.tell[day].append(again(row, day))

    _keep(world, one, Fault.BILL_FEE, _of_order(one), reaction=corrected)


def _bill_twice(world: World, _batch: Batch, one: Trade) -> None:
    [row] = one.bill
    second = replace(row, source_id=world.named("bill", one.day))
    one.bill = [row, second]
    # of two alike the house takes the smaller name for the real one
    extra = max(one.bill, key=lambda each: each.source_id)

    def withdrawn(day: date) -> None:
        world.agenda.tell[day].append(again(extra, day, standing=Standing.VOID))

    subjects = [f"bill:{each.source_id}" for each in one.bill]
    _keep(world, one, Fault.BILL_TWICE, *subjects, reaction=withdrawn)


def _period(world: World, _batch: Batch, one: Trade) -> None:
    [row] = one.bill
    one.bill = [replace(row, day=row.day - _SHIFT)]
    one.paid = list(one.bill)
    _keep(world, one, Fault.PERIOD, _of_order(one))


def _not_written(world: World, _batch: Batch, one: Trade) -> None:
    _unwritten(one)

    def sent_home(_day: date) -> None:
        world.refunds[one.channel].append(one.going_home())

    _keep(world, one, Fault.NOT_WRITTEN, f"story:{one.order_id}", reaction=sent_home)


def _written_unpaid(world: World, _batch: Batch, one: Trade) -> None:
    assert one.card is not None
    fen = one.amount_fen + _CARD_MORE
    one.card = replace(one.card, amount_fen=fen)
    one.clearing = [replace(each, amount_fen=fen) for each in one.clearing]
    _keep(world, one, Fault.WRITTEN_UNPAID, f"story:{one.order_id}")


def _not_cleared(world: World, _batch: Batch, one: Trade) -> None:
    [line] = one.clearing
    one.clearing = []

    def found(day: date) -> None:
        world.agenda.tell[day].append(again(line, day))

    _keep(world, one, Fault.NOT_CLEARED, f"card:{one.load_id}", reaction=found)


def _cleared_unwritten(world: World, _batch: Batch, one: Trade) -> None:
    stray_id = world.named("stray", one.real_day)
    stray = replace(one.clearing[0], source_id=stray_id, key=stray_id.hex, side=Side.CLEARING)
    one.clearing = [*one.clearing, stray]

    def withdrawn(day: date) -> None:
        world.agenda.tell[day].append(again(stray, day, standing=Standing.VOID))

    _keep(world, one, Fault.CLEARED_UNWRITTEN, f"clearing:{stray_id}", reaction=withdrawn)


def _cleared(fault: Fault, more_fen: int) -> Callable[[World, Batch, Trade], None]:
    def act(world: World, _batch: Batch, one: Trade) -> None:
        [line] = one.clearing
        one.clearing = [replace(line, amount_fen=line.amount_fen + more_fen)]

        def corrected(day: date) -> None:
            world.agenda.tell[day].append(again(line, day))

        _keep(world, one, fault, f"card:{one.load_id}", reaction=corrected)

    return act


_FAULTS: Mapping[Fault, Callable[[World, Batch, Trade], None]] = {
    Fault.UNKNOWN_ORDER: _unknown_order,
    Fault.UNBILLED: _unbilled,
    Fault.UNBILLED_LATE: _late_row(Fault.UNBILLED_LATE, waits=True),
    Fault.OVERTAKEN: _late_row(Fault.OVERTAKEN, waits=False),
    Fault.BILLED_MORE: _billed(Fault.BILLED_MORE, _MORE),
    Fault.BILLED_LESS: _billed(Fault.BILLED_LESS, -_LESS),
    Fault.STATE: _state,
    Fault.BILL_FEE: _bill_fee,
    Fault.BILL_TWICE: _bill_twice,
    Fault.PERIOD: _period,
    Fault.NOT_WRITTEN: _not_written,
    Fault.WRITTEN_UNPAID: _written_unpaid,
    Fault.NOT_CLEARED: _not_cleared,
    Fault.CLEARED_UNWRITTEN: _cleared_unwritten,
    Fault.CLEARED_LESS: _cleared(Fault.CLEARED_LESS, -_CLEARED),
    Fault.CLEARED_MORE: _cleared(Fault.CLEARED_MORE, _CLEARED),
}
