"""The enterprise's money: what is said to be of an order, and how it is shared out to its people.

Nothing is claimable before all of it is in the order's own account of the book: by two officers'
word about a bank's entry, or by a payment that a channel has confirmed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import cards, duties, trail
from accounts.actors import WORKER
from accounts.clock import business_day
from accounts.models import Operator, Person
from gateway.bulk import ordering, queries
from gateway.bulk.enterprises import actor_of, require_officer
from gateway.bulk.errors import BulkOrderNotThere, EntryOfAnotherPool
from gateway.bulk.models import BulkOrder
from gateway.payments import paying
from gateway.payments.models import Payment
from gateway.topup import scanning
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.custody.bank import queries as bank
from reserve_funds.custody.bank import understanding
from reserve_funds.custody.bank.models import Understanding
from reserve_funds.custody.rules import pools, winding
from reserve_funds.ledger import book

DEADLINE: Final = "bulk.deadline"
_AT_ONCE: Final = 2_000
_BECAUSE: Final = "paid by their employer"


def recognise(order_id: UUID, entry_id: UUID, *, maker: Person, now: datetime) -> Understanding:
    """One officer says that an unclear bank entry is this order's money; a second one decides it.

    Whether the payer's name is the enterprise's stands in the reason. NotAllowed,
    BulkOrderNotThere, EntryOfAnotherPool, EntryNotUnclear.
    """
    order = queries.order(order_id)
    require_officer(maker, order.pool, now)
    if order.state not in ("approved", "shared", "lapsed"):
        raise BulkOrderNotThere(state=order.state)
    found = bank.entry(entry_id)
    if found is None or found.account.pool != order.pool:
        raise EntryOfAnotherPool(entry=entry_id)
    is_theirs = found.counterparty_name.strip() == order.enterprise.name
    said = "付款人与单位名称一致" if is_theirs else "付款人与单位名称不一致"
    return understanding.ask(
        entry_id,
        as_=postings.unloaded_order(order.pk),
        because=f"企业批量充值 {order.number}，{said}",
        maker=maker,
        now=now,
    )


@transaction.atomic
def pay_over(
    order_id: UUID, *, channel: str, scene: str, officer: Person, now: datetime
) -> Payment:
    """The payment of the whole order over a channel, written down; the caller offers it.

    NotAllowed, BulkOrderNotThere, PoolWindingDown, MerchantUnknown, WishRefused (R18).
    """
    order = queries.order(order_id, lock=True)
    require_officer(officer, order.pool, now)
    if order.state != "approved":
        raise BulkOrderNotThere(state=order.state)
    winding.refuse_new(order.pool, business_day(now))
    profile = pools.profile_of(order.pool, business_day(now))
    return paying.prepare(
        cause=ordering.payment_cause(order, channel),
        pool=order.pool,
        channel=channel,
        scene=scene,
        amount_fen=order.amount_fen,
        patron="bulk",
        patron_id=order.pk,
        payer_openid="",
        payer_ip=None,
        no_credit=paying.keeps_credit_out(profile),
        now=now,
        expires_at=now + timedelta(hours=2),
    )


def channels_of(order: BulkOrder) -> list[str]:
    """The channels whose code a unit could pay this order by, credit cards kept out if need be."""
    profile = pools.profile_of(order.pool, business_day(order.drafted_at))
    return scanning.channels_in(order.pool, no_credit=paying.keeps_credit_out(profile))


def offer(payment: Payment, order: BulkOrder, *, officer: Person, now: datetime) -> Payment:
    """What the enterprise pays by, asked of the channel outside any transaction."""
    description = f"企业批量充值 {order.number}"
    return paying.offer(payment, description=description, actor=actor_of(officer), now=now)


@transaction.atomic
def share(order_id: UUID, now: datetime) -> duties.Later | None:
    """Each of the order's people has their claim, once all of the money is there; else waits.

    Claims, their moves and the postings under the approval of the list are one transaction; the
    law refuses any other list, and a second time. What came beyond stays the order's. In a pool
    that is being wound down the order is over instead: all that came for it is given back.
    """
    order = queries.order(order_id, lock=True)
    if order.state != "approved":
        return None
    assert order.pay_until is not None, "an approved order has its time"
    if now >= order.pay_until:
        return None
    if winding.is_winding_down(order.pool, business_day(now)):
        because = "the pool is being wound down"
        trail.advance(order, to="lapsed", actor=WORKER, because=because, now=now)
        duties.settle(ordering.LAPSE, order.pk, now=now)
        return None
    if queries.received_fen(order) < order.amount_fen:
        return duties.Later(at=order.pay_until, because="the money is not there in full")
    claim_until = now + timedelta(days=order.claim_days)
    _make_claims(order, claim_until, now)
    book.post(ordering.shares(order, order.approval_id, now))
    trail.advance(
        order,
        to="shared",
        actor=WORKER,
        because="all of the money is there",
        now=now,
        shared_at=now,
        claim_until=claim_until,
    )
    duties.settle(ordering.LAPSE, order.pk, now=now)
    duties.owe(DEADLINE, order.pk, now=now, due_at=claim_until)
    return None


def _make_claims(order: BulkOrder, claim_until: datetime, now: datetime) -> None:
    """A paid top-up for every good row, of whoever holds its card; of nobody yet for the others."""
    rows = list(queries.good_rows(order))
    operator = Operator.objects.get(pool=order.pool)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        met = cards.meet_all([row.asn for row in part], operator, now)
        by_asn = {card.asn: card for card in met}
        TopUp.objects.bulk_create(
            TopUp(
                id=row.pk,
                pool=order.pool,
                person_id=by_asn[row.asn].holder_id,
                card=by_asn[row.asn],
                amount_fen=row.amount_fen,
                placed_at=now,
            )
            for row in part
        )
        trail.advance_all(
            TopUp,
            [row.pk for row in part],
            before="placed",
            to="paid",
            actor=WORKER,
            because=_BECAUSE,
            now=now,
            paid_at=now,
            return_at=claim_until,
        )
