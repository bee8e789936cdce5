"""One pool's day of business: orders over every channel, cash, refunds, and the day's faults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from gateway.sandbox.ninety_days import bank_faults, channels, order_faults, refunds, trades
from gateway.sandbox.ninety_days.faults import EXPECTED, Fault, Place
from gateway.sandbox.ninety_days.trades import Batch, Trade
from gateway.sandbox.ninety_days.world import CASH_WORDS, CHANNELS, World, noon
from reserve_funds import postings
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import book

_DAY = timedelta(days=1)
_ORDERS, _HOLIDAY_ORDERS = (2, 4), (2, 3)
_COUPONS = "alipay"
_KEEPS_FEN = 20_00


class Day:
    """The batches of one pool that are still open; a channel without weekends gathers several."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open: dict[str, Batch] = {}
        self.gross: list[Batch] = []
        self.cash_fen = 0

    def passes(self, day: date, faults: Mapping[str, Fault]) -> None:
        """Everything the pool does on this day, booked; what is told comes later by the agenda."""
        world = self.world
        for channel in CHANNELS:
            self._channel(channel, day, faults.get(channel))
        self._cash(day)
        self._gross_payout(day)
        book.post(world.postings)
        world.postings.clear()
        world.owed_fen += world.coming_fen
        world.coming_fen = 0
        if world.holds:
            book.hold_all(world.holds)
            for hold in world.holds:
                book.settle(world.pool, hold.id, event_at=noon(day))
            world.holds.clear()

    def _channel(self, channel: str, day: date, fault: Fault | None) -> None:
        world = self.world
        settles = settlement_day(channel, day)
        batch = self.open.setdefault(channel, Batch(channel=channel, day=settles))
        few, many = _ORDERS if calendar.is_working(day) else _HOLIDAY_ORDERS
        made = [
            trades.trade(world, batch, day, coupon=channel == _COUPONS and number == 0)
            for number in range(world.rng.randint(few, many))
        ]
        odd = made[-1]
        place = EXPECTED[fault].place if fault else None
        if fault is not None and place is Place.ORDER:
            order_faults.inject(world, batch, odd, fault)
        elif fault is not None and place is Place.BANK:
            bank_faults.inject(world, odd, fault, day)
        elif day.toordinal() % 5 == len(channel) % 5:
            self._regretted(odd)
        for one in made:
            trades.book(world, one, day)
            trades.tell(world, one)
            batch.bill += one.bill
            batch.paid += one.paid
        self._refunds(batch, day)
        if settles == day:
            channels.settles(batch, world, fault)
            del self.open[channel]
            if channel == channels.GROSS:
                self.gross.append(batch)

    def _regretted(self, one: Trade) -> None:
        """Somebody thinks better of it: never loaded, sent home in the next batch."""
        one.is_loaded, one.card, one.clearing = False, None, []
        self.world.refunds[one.channel].append(one.going_home())

    def _refunds(self, batch: Batch, day: date) -> None:
        waiting = self.world.refunds[batch.channel]
        for one in list(waiting):
            if one.since < day and batch.net_fen > one.amount_fen + _KEEPS_FEN:
                refunds.netted(self.world, one, batch, day)
                waiting.remove(one)

    def _gross_payout(self, day: date) -> None:
        """The partner bank pays gross on working days, and takes its fee apart once a week."""
        if not self.gross or not calendar.is_working(day + _DAY):
            return
        channels.gross_payout(self.world, self.gross, day + _DAY)
        if (day + _DAY).weekday() == 4:
            fen = max(1, sum(each.net_fen for each in self.gross) // 300)
            channels.gross_fee(self.world, fen, day + _DAY)
        self.gross = []

    def _cash(self, day: date) -> None:
        """One rider pays cash at a kiosk; the box is banked on the next working day."""
        world = self.world
        fen, at = world.rng.randint(1, 5) * 20_00, noon(day)
        box = f"K{world.pool}"
        batch = Batch(channel="cash", day=day)
        one = trades.trade(world, batch, day)
        note_id = world.named("note", day)
        one.amount_fen, one.is_booked = fen, False
        one.order = trades.cash_side(one, fen)
        one.card, cleared = trades.written(world, one.load_id, one.order_id, one.card_no, fen, day)
        one.clearing, one.bill, one.paid = [cleared], [], []
        world.postings += [
            postings.cash_accepted(
                world.pool, note_id, one.payment_id, box=box, amount_fen=fen, event_at=at
            ),
            postings.payment_allocated(
                world.pool, one.payment_id, one.order_id, amount_fen=fen, event_at=at
            ),
        ]
        world.coming_fen += fen
        trades.book(world, one, day)
        trades.tell(world, one)
        self.cash_fen += fen
        if calendar.is_working(day + _DAY):
            world.line(day + _DAY, self.cash_fen, f"{CASH_WORDS}{box}")
            self.cash_fen = 0


def settlement_day(channel: str, day: date) -> date:
    """UnionPay settles weekends and holidays by its next working day; the others each day."""
    if channel != "unionpay" or calendar.is_working(day):
        return day
    return calendar.add_working(day, 1)
