"""Money that goes home: refunds that a channel nets from what it pays out."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.sandbox.ninety_days.trades import FEE_PER_FEN, NO_FEE, Batch
from gateway.sandbox.ninety_days.world import GoingHome, World, noon, told_at
from reserve_funds import postings
from reserve_funds.custody.matching.values import Side, SideLine

_DAY = timedelta(days=1)


def netted(world: World, one: GoingHome, batch: Batch, real_day: date) -> None:
    """A paid order that was never loaded goes home whole, in a later batch of its channel."""
    refund_id, at = world.named("refund", real_day), noon(real_day)
    world.postings += [
        postings.refund_asked(
            world.pool,
            refund_id,
            source=postings.unloaded_order(one.order_id),
            amount_fen=one.amount_fen,
            event_at=at,
        ),
        postings.refund_done_by_channel(
            world.pool,
            refund_id,
            channel=batch.channel,
            settlement_day=batch.day,
            amount_fen=one.amount_fen,
            event_at=at,
        ),
    ]
    world.coming_fen -= one.amount_fen
    words = {
        "pool": world.pool,
        "key": refund_id.hex,
        "number": f"50{refund_id.int % 10**24:024d}",
        "batch": batch.name,
        "amount_fen": -one.amount_fen,
        "day": batch.day,
    }
    fee = 0 if batch.channel in NO_FEE else -one.amount_fen * FEE_PER_FEN
    order = SideLine(
        side=Side.ORDER,
        source_id=refund_id,
        known_at=told_at(real_day + _DAY),
        story=str(one.order_id),
        facts={"what": "refund"},
        **words,  # type: ignore[arg-type]
    )
    bill = SideLine(
        side=Side.BILL,
        source_id=world.named("bill", batch.day),
        known_at=told_at(batch.day + _DAY),
        settled_fen=-one.amount_fen,
        fee_in_100000=fee,
        **words,  # type: ignore[arg-type]
    )
    world.agenda.tell[real_day + _DAY].append(order)
    batch.bill.append(bill)
    batch.paid.append(bill)
