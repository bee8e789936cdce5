"""代收代退, 轧差, 户间结算: begun in one pool's book, carried into the other's through the outbox.

    services.collected(payment_id, by=7, order_id=…, of_pool=3, …)   # pool 7's page, 3's order
    services.given_back(refund_id, of_pool=3, by=7, order_id=…, …)   # and back
    services.settle_all(now)    # T+1: every pair is netted, what is left is made due

No MAC2 leaves before the far leg of an order is booked: until then its `unloaded_orders` is empty.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import duties, trail
from accounts.actors import WORKER
from accounts.clock import business_day, start_of_day
from accounts.identifiers import derive, outside_id
from reserve_funds.custody.bridges import legs
from reserve_funds.custody.bridges.errors import (
    CrossingDiffers,
    CrossingMalformed,
    CrossingUnknown,
)
from reserve_funds.custody.bridges.models import (
    ARRIVED,
    NETTING,
    ON_ITS_WAY,
    ORDER,
    REFUND,
    SETTLEMENT,
    Crossing,
)
from reserve_funds.ledger import book, queries
from reserve_funds.refs import account

CARRY = "custody_crossing"
_CONTENT = ("kind", "from_pool", "to_pool", "source", "target", "amount_fen")


def collected(
    payment_id: UUID, *, by: int, order_id: UUID, of_pool: int, amount_fen: int,
    event_at: datetime, now: datetime,
) -> Crossing:  # fmt: skip
    """A payment that pool `by` received is for an order of `of_pool`. In the caller's transaction.

    The same again is the same. CrossingDiffers, CrossingMalformed, and the book's refusals.
    """
    return _begin(
        Crossing(id=derive(payment_id, f"crossing {ORDER}"), kind=ORDER, from_pool=by,
                 to_pool=of_pool, source=str(payment_id), target=str(order_id),
                 amount_fen=amount_fen, event_at=event_at, begun_at=now),
        now,
    )  # fmt: skip


def given_back(
    refund_id: UUID, *, of_pool: int, by: int, order_id: UUID, amount_fen: int,
    event_at: datetime, now: datetime,
) -> Crossing:  # fmt: skip
    """An order of `of_pool` that pool `by` collected is to be refunded there, by its own channel.

    `by` has the refund in flight once the crossing has arrived. Errors as for `collected`.
    """
    return _begin(
        Crossing(id=derive(refund_id, f"crossing {REFUND}"), kind=REFUND, from_pool=of_pool,
                 to_pool=by, source=str(order_id), target=str(refund_id),
                 amount_fen=amount_fen, event_at=event_at, begun_at=now),
        now,
    )  # fmt: skip


@duties.duty(
    CARRY, schedule=[timedelta(seconds=10), timedelta(minutes=1), *[timedelta(minutes=10)] * 144]
)
def carry(crossing_id: UUID, now: datetime) -> None:
    """Books the far leg: both legs are in the books now. Again is nothing."""
    with transaction.atomic():
        crossing = Crossing.objects.select_for_update().filter(pk=crossing_id).first()
        if crossing is None:
            raise CrossingUnknown(id=str(crossing_id))
        if crossing.state == ARRIVED or crossing.kind == SETTLEMENT:
            return
        book.post([legs.far(crossing)])
        _arrive(crossing, "booked in the other pool", now)


def settle_all(now: datetime) -> list[Crossing]:
    """T+1: each pair is netted and what is left is made due, once a day; what began today.

    Officers then ask for the outflow from `legs.due(crossing)` to the other pool's account.
    """
    return [made for one, other in pairs() for made in settle_all_of(one, other, now=now)]


def settle_all_of(one: int, other: int, *, now: datetime) -> list[Crossing]:
    """The same for one pair."""
    made = [
        net(min(one, other), max(one, other), now=now),
        make_due(one, other, now=now),
        make_due(other, one, now=now),
    ]
    return [each for each in made if each is not None]


def net(one: int, other: int, *, now: datetime) -> Crossing | None:
    """户间轧差: what both owe each other is taken away on both sides; None when one owes nothing.

    Only what both books have: no leg on its way is netted.
    """
    least = min(
        queries.balance_fen(pool, account(kind, counterpart))
        for pool, counterpart in ((one, other), (other, one))
        for kind in ("pool_due_to", "pool_due_from")
    )
    wanted = _of_today(NETTING, one, other, least, now)
    return None if wanted is None else _begin(wanted, now)


def make_due(debtor: int, creditor: int, *, now: datetime) -> Crossing | None:
    """What `debtor` owes from days before is set aside to be paid; None when it owes nothing."""
    owed = queries.balance_fen(debtor, account("pool_due_to", creditor))
    there = queries.balance_fen(creditor, account("pool_due_from", debtor))
    young = sum(
        Crossing.objects.filter(
            from_pool=debtor, to_pool=creditor, kind__in=(ORDER, REFUND),
            event_at__gte=start_of_day(business_day(now)),
        ).values_list("amount_fen", flat=True)
    )  # fmt: skip
    wanted = _of_today(SETTLEMENT, debtor, creditor, min(owed, there, owed - young), now)
    return None if wanted is None else _begin(wanted, now)


def arrived(crossing_id: UUID, *, because: str, now: datetime) -> None:
    """A settlement that the receiving bank has shown. Again is nothing."""
    with transaction.atomic():
        crossing = Crossing.objects.select_for_update().get(pk=crossing_id)
        if crossing.state == ON_ITS_WAY:
            _arrive(crossing, because, now)


def pairs() -> list[tuple[int, int]]:
    """Every two pools that ever had business, the lower number first."""
    rows = Crossing.objects.values_list("from_pool", "to_pool").distinct()
    return sorted({(min(row), max(row)) for row in rows})


def _of_today(kind: str, one: int, other: int, fen: int, now: datetime) -> Crossing | None:
    """This pair's netting or settlement of this day, unless there is nothing, or it was made."""
    day: date = business_day(now)
    crossing_id = outside_id(f"pools:{kind}", day, f"{one}:{other}")
    if fen <= 0 or Crossing.objects.filter(pk=crossing_id).exists():
        return None
    return Crossing(id=crossing_id, kind=kind, from_pool=one, to_pool=other, source="", target="",
                    amount_fen=fen, event_at=now, begun_at=now)  # fmt: skip


def _begin(wanted: Crossing, now: datetime) -> Crossing:
    if wanted.from_pool == wanted.to_pool or wanted.amount_fen <= 0:
        raise CrossingMalformed(from_pool=wanted.from_pool, to_pool=wanted.to_pool)
    with transaction.atomic():
        Crossing.objects.bulk_create([wanted], ignore_conflicts=True)
        crossing = Crossing.objects.select_for_update().get(pk=wanted.pk)
        if any(getattr(crossing, name) != getattr(wanted, name) for name in _CONTENT):
            raise CrossingDiffers(id=str(wanted.pk))
        book.post([legs.near(crossing)])
        if crossing.state == ON_ITS_WAY and crossing.kind != SETTLEMENT:
            duties.owe(CARRY, crossing.id, now=now)
    return crossing


def _arrive(crossing: Crossing, because: str, now: datetime) -> None:
    trail.advance(crossing, to=ARRIVED, actor=WORKER, because=because, now=now, arrived_at=now)
