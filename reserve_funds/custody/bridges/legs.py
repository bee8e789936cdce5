"""The two legs of whatever is between pools: each in its own pool, tied by one `cross_id`.

What one pool owes another grows on the side of the debtor whoever of the two began: a refund of an
order that another pool collected is a claim the other way round, and netting takes both away. So
neither account ever falls below zero, also when the order was settled before it was refunded.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.identifiers import derive
from reserve_funds.custody.bridges.models import NETTING, ORDER, REFUND, SETTLEMENT, Crossing
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.postings import of
from reserve_funds.refs import account, received, refund_in_flight, unloaded_order


def near(crossing: Crossing) -> Posting:
    """What is booked in `from_pool` at once."""
    owed = account("pool_due_to", crossing.to_pool)
    if crossing.kind == ORDER:
        return _leg(crossing, "pool_order_collected", received(UUID(crossing.source)), owed)
    if crossing.kind == REFUND:
        return _leg(crossing, "pool_refund_asked", unloaded_order(UUID(crossing.source)), owed)
    if crossing.kind == NETTING:
        return _leg(crossing, "pool_netted", owed, account("pool_due_from", crossing.to_pool))
    assert crossing.kind == SETTLEMENT
    return _leg(crossing, "pool_settlement_due", owed, due(crossing))


def far(crossing: Crossing) -> Posting:
    """What is booked in `to_pool` afterwards; a settlement's is the bank's entry (`settled`)."""
    claim = account("pool_due_from", crossing.from_pool)
    at = crossing.to_pool
    if crossing.kind == ORDER:
        target = unloaded_order(UUID(crossing.target))
        return _leg(crossing, "pool_order_received", claim, target, pool=at)
    if crossing.kind == REFUND:
        target = refund_in_flight(UUID(crossing.target))
        return _leg(crossing, "pool_refund_taken", claim, target, pool=at)
    assert crossing.kind == NETTING
    owed = account("pool_due_to", crossing.from_pool)
    return _leg(crossing, "pool_netted", owed, claim, pool=at, step="pool_netted_there")


def settled(crossing: Crossing, *, cause: UUID, bank: Ref, event_at: datetime) -> Posting:
    """户间结算到账: the receiving bank's entry (`cause`) is the far leg of a settlement."""
    return of(
        "pool_settled", crossing.to_pool, cause, debit=bank,
        credit=account("pool_due_from", crossing.from_pool), amount_fen=crossing.amount_fen,
        event_at=event_at, cross_id=pair_of(crossing),
    )  # fmt: skip


def due(crossing: Crossing) -> Ref:
    """待划结算款 of a settlement: what its outflow is asked from."""
    return account("settlement_due", crossing.id)


def pair_of(crossing: Crossing) -> UUID:
    """The `cross_id` that ties its two legs."""
    return derive(crossing.id, "cross")


def _leg(
    crossing: Crossing, code: str, debit: Ref, credit: Ref, *, pool: int = 0, step: str = ""
) -> Posting:
    return of(
        code, pool or crossing.from_pool, crossing.id, step=step, debit=debit, credit=credit,
        amount_fen=crossing.amount_fen, event_at=crossing.event_at,
        cross_id=pair_of(crossing),
    )  # fmt: skip
