"""Which fault happens where: every kind equally often, never two in one channel's day of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from gateway.sandbox.ninety_days.bank_faults import WHOLE_STATEMENT
from gateway.sandbox.ninety_days.faults import Fault, Place, of_place
from gateway.sandbox.ninety_days.world import CHANNELS
from reserve_funds.custody.rules import calendar

BATCH_CHANNELS = ("wechatpay", "alipay")
FIRST_BANK_DAY = 2  # before it the bank has no money that could be taken
_DAY = timedelta(days=1)
_FIRST = [Fault.NO_STATEMENT, Fault.NO_BILL]
_NO_FEES = "bank_guomi"

Slot = tuple[int, date, str]
Plan = dict[tuple[int, date], dict[str, Fault]]


class TooFewDays(ValueError):
    """The days and pools do not hold as many faults as were asked for."""


def drawn(pools: Sequence[int], days: Sequence[date], times: int, *, seed: int) -> Plan:
    """Every kind of fault `times` times over these pools and days. TooFewDays."""
    rng = Random(f"plan:{seed}")  # noqa: S311 - a simulation is repeatable, not secret
    slots = [(pool, day, channel) for pool in pools for day in days for channel in CHANNELS]
    rng.shuffle(slots)
    plan: Plan = {}
    # the choosiest first
    for faults in (_FIRST, of_place(Place.BATCH), of_place(Place.BANK), of_place(Place.ORDER)):
        here = [fault for fault in faults if faults is _FIRST or fault not in _FIRST]
        wanted = [fault for fault in here for _ in range(times)]
        slots = _placed(plan, slots, wanted, days[0])
    return plan


def _placed(plan: Plan, slots: list[Slot], wanted: list[Fault], first: date) -> list[Slot]:
    left: list[Slot] = []
    waiting = list(wanted)
    for slot in slots:
        pool, day, channel = slot
        taken = plan.setdefault((pool, day), {})
        fault = next((one for one in waiting if _fits(one, slot, plan, first)), None)
        if fault is None:
            left.append(slot)
            continue
        waiting.remove(fault)
        taken[channel] = fault
    if waiting:
        raise TooFewDays(f"no room for {len(waiting)} faults, {waiting[0].value} among them")
    return left


def _fits(fault: Fault, slot: Slot, plan: Plan, first: date) -> bool:
    pool, day, channel = slot
    if fault in of_place(Place.BATCH):
        if fault is Fault.NO_BILL:
            # while a bill keeps its day open, nobody is told that a later one cannot close
            later = (plan.get((pool, day + shift * _DAY), {}).values() for shift in range(6))
            if any(Fault.NO_STATEMENT in one for one in later):
                return False
        return channel in BATCH_CHANNELS
    if fault in of_place(Place.BANK):
        near = (plan.get((pool, day + shift), {}).values() for shift in (-_DAY, 0 * _DAY, _DAY))
        once = fault not in WHOLE_STATEMENT or not any(WHOLE_STATEMENT & set(one) for one in near)
        return once and day - first >= FIRST_BANK_DAY * _DAY
    if fault is Fault.BILL_FEE and channel == _NO_FEES:
        return False
    return channel != "unionpay" or calendar.is_working(day)
