"""An enterprise's order from its list to two officers' word: asked, approved, refused, lapsed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import approvals, duties, trail
from accounts.actors import WORKER
from accounts.clock import business_day
from accounts.identifiers import derive
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from gateway.bulk import queries
from gateway.bulk.enterprises import actor_of, require_officer
from gateway.bulk.errors import BulkOrderNotThere, MoneyAlreadyThere, NothingGoodInList
from gateway.bulk.models import BulkOrder
from reserve_funds import postings
from reserve_funds.custody.rules import winding
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

PURPOSE = "bulk.order"
SHARE: Final = "bulk.share"
LAPSE: Final = "bulk.lapse"
TIME_TO_PAY: Final = timedelta(days=30)
"""How long the approval of a list lasts: decided and paid within it, or it lapses."""


@transaction.atomic
def ask(order_id: UUID, *, maker: Person, now: datetime) -> Approval:
    """One officer asks for the rows with nothing against them, as they stand, every one.

    The approval's fingerprint covers each claim: its line, card and amount. The law lets the money
    be shared out in exactly this way, once, until it expires. NotAllowed, BulkOrderNotThere,
    NothingGoodInList, PoolWindingDown.
    """
    order = queries.order(order_id, lock=True)
    require_officer(maker, order.pool, now)
    _require(order, "drafted")
    winding.refuse_new(order.pool, business_day(now))
    if not order.rows_good:
        raise NothingGoodInList(order=order.pk)
    pay_until = now + TIME_TO_PAY
    fingerprint = book.fingerprint(shares(order, None, now))
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=order.pool,
        content={
            "bulk_order": order.number,
            "enterprise": order.enterprise.name,
            "credit_code": order.enterprise.credit_code,
            "amount_fen": order.amount_fen,
            "claims": order.rows_good,
            "left_out": order.rows_total - order.rows_good,
            "claim_days": order.claim_days,
            "file_digest": order.file_digest,
        },
        fingerprint=fingerprint,
        now=now,
        expires_at=pay_until,
        checker_role=FINANCE_OFFICER,
    )
    trail.advance(
        order,
        to="asked",
        actor=actor_of(maker),
        because="an officer asked for a second one's word",
        now=now,
        approval_id=approval.pk,
        pay_until=pay_until,
    )
    duties.owe(LAPSE, order.pk, now=now, due_at=pay_until)
    return approval


@transaction.atomic
def approve(approval_id: UUID, *, checker: Person, now: datetime) -> BulkOrder:
    """A second officer agrees: the order waits for its money. The same person again is nothing.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, BulkOrderUnknown,
    PoolWindingDown.
    """
    order = queries.order(queries.order_of_approval(approval_id), lock=True)
    approvals.approve(approval_id, checker=checker, now=now)
    if order.state == "asked":
        winding.refuse_new(order.pool, business_day(now))
        because = "a second officer agreed"
        trail.advance(order, to="approved", actor=actor_of(checker), because=because, now=now)
        duties.owe(SHARE, order.pk, now=now)
    return order


@transaction.atomic
def refuse(approval_id: UUID, *, checker: Person, now: datetime) -> BulkOrder:
    """A second officer does not agree, for good: the enterprise brings another list."""
    order = queries.order(queries.order_of_approval(approval_id), lock=True)
    approvals.refuse(approval_id, checker=checker, now=now)
    if order.state == "asked":
        because = "a second officer refused"
        trail.advance(order, to="refused", actor=actor_of(checker), because=because, now=now)
    return order


@transaction.atomic
def withdraw(order_id: UUID, *, officer: Person, now: datetime) -> BulkOrder:
    """A list not asked for yet is put aside. BulkOrderNotThere, MoneyAlreadyThere, NotAllowed."""
    order = queries.order(order_id, lock=True)
    require_officer(officer, order.pool, now)
    _require(order, "drafted")
    if queries.received_fen(order):
        raise MoneyAlreadyThere(order=order.pk)
    because = "put aside before it was asked for"
    trail.advance(order, to="withdrawn", actor=actor_of(officer), because=because, now=now)
    return order


@transaction.atomic
def lapse(order_id: UUID, now: datetime) -> duties.Later | None:
    """Past its time the order is over; what came for it waits for its return."""
    order = queries.order(order_id, lock=True)
    if order.state not in ("asked", "approved") or order.pay_until is None:
        return None
    if now < order.pay_until:
        return duties.Later(at=order.pay_until)
    because = "the money did not come in full and in time"
    trail.advance(order, to="lapsed", actor=WORKER, because=because, now=now)
    return None


def shares(order: BulkOrder, approval_id: UUID | None, now: datetime) -> list[Posting]:
    """What shares the order's money out: a posting for each claim."""
    source = postings.unloaded_order(order.pk)
    rows = queries.good_rows(order).values_list("id", "amount_fen")
    return [
        postings.of(
            "bulk_shared",
            order.pool,
            claim_id,
            debit=source,
            credit=postings.unloaded_order(claim_id),
            amount_fen=amount_fen,
            event_at=now,
            approval_id=approval_id,
        )
        for claim_id, amount_fen in rows
    ]


def payment_cause(order: BulkOrder, channel: str) -> UUID:
    """What a payment of this order over a channel follows from."""
    return derive(order.pk, f"paid over {channel}")


def _require(order: BulkOrder, state: str) -> None:
    if order.state != state:
        raise BulkOrderNotThere(state=order.state)
