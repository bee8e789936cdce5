"""The ways by which an enterprise's money came, and goes back: a payment, or a bank's account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import derive
from accounts.models import Person
from gateway.bulk import queries
from gateway.bulk.enterprises import actor_of, require_officer
from gateway.bulk.errors import ReturnRouteMissing, ReturnUnknown
from gateway.bulk.models import BulkOrder, BulkReturn, ReturnPart
from gateway.payments import refunding
from gateway.payments.models import Payment
from reserve_funds import postings
from reserve_funds.custody.bank import queries as bank
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.models import BankEntry
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book

BECAUSE = "退回企业批量充值余款"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """So much goes back over this payment, or to the account behind this bank entry."""

    amount_fen: int
    payment_id: UUID | None = None
    entry_id: UUID | None = None

    @property
    def name(self) -> str:
        """`channel` or `bank`."""
        return "channel" if self.payment_id is not None else "bank"


def plan(order: BulkOrder, amount_fen: int) -> list[Way]:
    """The original routes of this much, what came first goes first.

    ReturnRouteMissing when an entry names no account, or more would go back than came.
    """
    ways, left = [], amount_fen
    for payment in queries.payments_in(order):
        room = payment.allocated_fen - payment.refunding_fen
        if payment.allocated_fen and room > 0 and left:
            ways.append(Way(amount_fen=min(room, left), payment_id=payment.pk))
            left -= ways[-1].amount_fen
    gone = _gone_to_entries(order)
    for word in queries.transfers_in(order):
        room = word.amount_fen - min(gone.get(word.entry_id, 0), word.amount_fen)
        gone[word.entry_id] = max(gone.get(word.entry_id, 0) - word.amount_fen, 0)
        if room > 0 and left:
            _payee(_entry(word.entry_id))
            ways.append(Way(amount_fen=min(room, left), entry_id=word.entry_id))
            left -= ways[-1].amount_fen
    if left:
        raise ReturnRouteMissing(order=order.pk, left_fen=left)
    return ways


def locked_payments(order: BulkOrder) -> Mapping[UUID, Payment]:
    """The payments of an order, locked; before anything else is."""
    rows = Payment.objects.select_for_update().filter(
        patron="bulk", patron_id=order.pk, allocated_fen__gt=0
    )
    return {payment.pk: payment for payment in rows.order_by("pk")}


def send(
    made: BulkReturn,
    order: BulkOrder,
    payments: Mapping[UUID, Payment],
    *,
    actor: Actor,
    now: datetime,
) -> list[ReturnPart]:
    """Set everything that was agreed on its way, in the caller's transaction."""
    parts = []
    for number, way in enumerate(plan(order, made.amount_fen)):
        part = ReturnPart.objects.create(
            id=derive(made.pk, f"part {number}"),
            bulk_return=made,
            amount_fen=way.amount_fen,
            payment_id=way.payment_id,
            entry_id=way.entry_id,
        )
        if way.payment_id is not None:
            refund = refunding.ask(
                payments[way.payment_id],
                cause=part.pk,
                amount_fen=way.amount_fen,
                source=postings.unloaded_order(order.pk),
                because="back to the employer",
                actor=actor,
                now=now,
            )
            goes_as = refund.pk
        else:
            asked = _set_aside(part, order, now)
            goes_as = _ask_bank(part, asked, made.maker, made.route, now)
        because = "agreed by two officers"
        trail.advance(part, to="going", actor=actor, because=because, now=now, goes_as=goes_as)
        parts.append(part)
    return parts


@transaction.atomic
def send_again(part_id: UUID, *, officer: Person, route: str, now: datetime) -> ReturnPart:
    """A payment that the bank was not told, or could not make, is asked for once more.

    ReturnUnknown unless it is stopped and of a bank; NotAllowed, and what a bank request refuses.
    """
    rows = ReturnPart.objects.select_for_update(of=("self",)).select_related("bulk_return__order")
    part = rows.filter(pk=part_id, state="stopped", entry_id__isnull=False).first()
    if part is None:
        raise ReturnUnknown(id=part_id)
    order = part.bulk_return.order
    require_officer(officer, order.pool, now)
    assert part.entry_id is not None, "a bank's part has its entry"
    goes_as = _ask_bank(part, _entry(part.entry_id), officer, route, now)
    because = "asked of the bank once more"
    trail.advance(
        part, to="going", actor=actor_of(officer), because=because, now=now, goes_as=goes_as
    )
    return part


def _gone_to_entries(order: BulkOrder) -> dict[UUID, int]:
    rows = ReturnPart.objects.filter(bulk_return__order=order, entry_id__isnull=False)
    sums = rows.values_list("entry_id").annotate(fen=Sum("amount_fen"))
    return {entry_id: fen for entry_id, fen in sums if entry_id is not None}


def _set_aside(part: ReturnPart, order: BulkOrder, now: datetime) -> BankEntry:
    """Its money into 在途退款 under its own number: it can be spent on nothing else."""
    book.post(
        [
            postings.refund_asked(
                order.pool,
                part.pk,
                source=postings.unloaded_order(order.pk),
                amount_fen=part.amount_fen,
                event_at=now,
            )
        ]
    )
    assert part.entry_id is not None, "a bank's part has its entry"
    return _entry(part.entry_id)


def _ask_bank(part: ReturnPart, entry: BankEntry, maker: Person, route: str, now: datetime) -> UUID:
    request = requests.ask(
        pool=entry.account.pool,
        purpose=Purpose.REFUND_TO_PAYER,
        source=postings.refund_in_flight(part.pk),
        payee=_payee(entry),
        amount_fen=part.amount_fen,
        account=entry.account,
        because=BECAUSE,
        maker=maker,
        now=now,
        route=route,
        remark=BECAUSE,
    )
    return request.pk


def _entry(entry_id: UUID) -> BankEntry:
    found = bank.entry(entry_id)
    if found is None:
        raise ReturnRouteMissing(entry=entry_id)
    return found


def _payee(entry: BankEntry) -> Payee:
    """The account that the money came from, as the bank's own entry names it."""
    if not entry.counterparty_no.strip() or not entry.counterparty_name.strip():
        raise ReturnRouteMissing(entry=entry.pk)
    return Payee(account_no=entry.counterparty_no.strip(), name=entry.counterparty_name.strip())
