"""Orders as everybody who sees them tells of them: payment, bill row, card write, clearing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from gateway.sandbox.ninety_days.world import GoingHome, World, noon, told_at
from reserve_funds import postings
from reserve_funds.custody.matching.values import Side, SideLine

FEE_PER_FEN = 6  # 0.6 percent, in hundred-thousandths of a yuan for each fen
NO_FEE = frozenset({"bank_guomi"})
_DAY = timedelta(days=1)
_SMALLEST, _LARGEST = 10, 100
_CARDS = 60  # of a pool; riders come back


@dataclass(slots=True, kw_only=True)
class Trade:
    """One top-up. What a side does not know is None; `paid`: the rows it is really paid for."""

    pool: int
    channel: str
    real_day: date
    day: date
    order_id: UUID
    payment_id: UUID
    load_id: UUID
    card_no: str
    amount_fen: int
    order: SideLine | None
    bill: list[SideLine]
    paid: list[SideLine]
    card: SideLine | None
    clearing: list[SideLine]
    is_booked: bool = True
    is_loaded: bool = True

    def going_home(self) -> GoingHome:
        """As one that is never loaded and goes home."""
        return GoingHome(order_id=self.order_id, amount_fen=self.amount_fen, since=self.real_day)


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one channel settles together: its bill rows and the rows that it really pays for."""

    channel: str
    day: date
    trades: list[Trade] = field(default_factory=list)
    bill: list[SideLine] = field(default_factory=list)
    paid: list[SideLine] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As both sides call it."""
        return f"{self.channel}:{self.day}"

    @property
    def fee_in_100000(self) -> int:
        """What the channel charges for what it paid."""
        return sum(max(0, row.fee_in_100000 or 0) for row in self.paid)

    @property
    def fee_fen(self) -> int:
        """The same in fen, rounded once, half up."""
        return (self.fee_in_100000 + 500) // 1_000

    @property
    def returned_fen(self) -> int:
        """Fees that came back with refunds."""
        back = -sum(min(0, row.fee_in_100000 or 0) for row in self.paid)
        return (back + 500) // 1_000

    @property
    def coupon_fen(self) -> int:
        """What our own coupons paid, which the channel never pays out."""
        return sum(row.amount_fen - (row.settled_fen or row.amount_fen) for row in self.paid)

    @property
    def net_fen(self) -> int:
        """What the channel owes for the batch."""
        gross = sum(row.amount_fen for row in self.paid)
        return gross - self.coupon_fen - self.fee_fen + self.returned_fen


def trade(world: World, batch: Batch, real_day: date, *, coupon: bool = False) -> Trade:
    """A top-up of 10 to 100 yuan that everybody tells alike; nothing is booked yet."""
    fen = world.rng.randint(_SMALLEST, _LARGEST) * 100
    order_id, payment_id, load_id = (
        world.named(what, real_day) for what in ("order", "payment", "load")
    )
    card_no = f"{world.pool:010d}{world.rng.randrange(_CARDS):010d}"
    fee = 0 if batch.channel in NO_FEE else fen * FEE_PER_FEN
    key = order_id.hex
    number = f"42{payment_id.int % 10**24:024d}"
    order = SideLine(
        side=Side.ORDER,
        pool=world.pool,
        amount_fen=fen,
        day=batch.day,
        source_id=payment_id,
        known_at=told_at(real_day + _DAY),
        story=str(order_id),
        fee_in_100000=fee,
        facts={"what": "payment"},
        key=key,
        number=number,
        batch=batch.name,
    )
    bill = SideLine(
        side=Side.BILL,
        pool=world.pool,
        amount_fen=fen,
        day=batch.day,
        source_id=world.named("bill", batch.day),
        known_at=told_at(batch.day + _DAY),
        settled_fen=fen - 100 if coupon else fen,
        fee_in_100000=fee,
        key=key,
        number=number,
        batch=batch.name,
    )
    card, clearing = written(world, load_id, order_id, card_no, fen, real_day)
    return Trade(
        pool=world.pool,
        channel=batch.channel,
        real_day=real_day,
        day=batch.day,
        order_id=order_id,
        payment_id=payment_id,
        load_id=load_id,
        card_no=card_no,
        amount_fen=fen,
        order=order,
        bill=[bill],
        paid=[bill],
        card=card,
        clearing=[clearing],
    )


def written(
    world: World, load_id: UUID, order_id: UUID, card_no: str, fen: int, day: date
) -> tuple[SideLine, SideLine]:
    """The card's write of a day, told the next morning, and its clearing a day later."""
    card = SideLine(
        side=Side.CARD,
        pool=world.pool,
        key=str(load_id),
        amount_fen=fen,
        day=day,
        source_id=load_id,
        known_at=told_at(day + _DAY),
        story=str(order_id),
        facts={"card": card_no},
    )
    clearing = SideLine(
        side=Side.CLEARING,
        pool=world.pool,
        key=str(load_id),
        amount_fen=fen,
        day=day + _DAY,
        source_id=world.named("clearing", day),
        known_at=told_at(day + 2 * _DAY),
    )
    return card, clearing


def book(world: World, one: Trade, day: date) -> None:
    """The payment, its allocation and its load go into the book on this day."""
    at = noon(day)
    if one.is_booked:
        world.postings += [
            postings.payment_confirmed(
                world.pool,
                one.payment_id,
                channel=one.channel,
                settlement_day=one.day,
                amount_fen=one.amount_fen,
                event_at=at,
            ),
            postings.payment_allocated(
                world.pool, one.payment_id, one.order_id, amount_fen=one.amount_fen, event_at=at
            ),
        ]
        world.coming_fen += one.amount_fen
    if one.is_loaded:
        world.holds.append(
            postings.load_sealed(
                world.pool,
                one.load_id,
                one.order_id,
                one.card_no,
                amount_fen=one.amount_fen,
                event_at=at,
            )
        )


def tell(world: World, one: Trade) -> None:
    """Order and card are told on the next morning, the clearing a morning later."""
    if one.order is not None:
        world.agenda.tell[one.real_day + _DAY].append(one.order)
    if one.card is not None:
        world.agenda.tell[one.real_day + _DAY].append(one.card)
    world.agenda.tell[one.real_day + 2 * _DAY] += one.clearing


def again(line: SideLine, morning_of: date, **other: object) -> SideLine:
    """The same fact told otherwise on a later morning."""
    return replace(line, known_at=told_at(morning_of), **other)  # type: ignore[arg-type]


def cash_side(one: Trade, fen: int) -> SideLine:
    """A cash order: no channel tells of it, only the card does."""
    assert one.order is not None
    return replace(
        one.order, amount_fen=fen, key="", number="", batch="", fee_in_100000=None,
        facts={"what": "cash"},
    )  # fmt: skip
