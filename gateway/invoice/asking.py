"""Asked for by a citizen, by whoever holds a kiosk's receipt, by officers; twice is one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import duties, trail
from accounts.actors import Actor
from accounts.identifiers import derive
from accounts.models import Person
from gateway.bulk.enterprises import require_officer
from gateway.invoice import cash_returns, queries, sellers, sold, titles
from gateway.invoice.errors import (
    CashNotOnCard,
    InvoiceStands,
    InvoicesTooMany,
    NothingToInvoice,
    OrderNotInvoiceable,
)
from gateway.invoice.models import Invoice
from gateway.invoice.sold import CashOrder, PaidTopUp, Sold
from gateway.invoice.titles import Title
from gateway.topup import queries as topups
from gateway.topup.models import TopUp

ISSUE = "invoice.issue"
INVOICEABLE = ("paid", "loading", "in_doubt", "loaded")
MOST_OF_ONE_ORDER = 10


@transaction.atomic
def ask(topup_id: UUID, *, person: Person, title: Title, now: datetime) -> Invoice:
    """Fixes number, amount and title of the invoice and owes it; the same title again is the same.

    The payment's row (of cash the top-up's) is locked, so that no refund begins in between.
    TopupNotFound, OrderNotInvoiceable, CashNotOnCard, InvoiceStands, InvoicesNotOffered,
    NothingToInvoice, InvoicesTooMany.
    """
    topups.get(topup_id, person=person)
    cash = sold.lock_cash(topup_id, person.pk)
    if cash is not None:
        return _ask_for_cash(cash, title, now)
    payment = sold.lock_payment(topup_id)
    topup = topups.get(topup_id, person=person)
    if payment is None:
        raise OrderNotInvoiceable(topup_id=topup_id, state=topup.state)
    return _ask(
        PaidTopUp(payment, person.pk),
        title,
        because_of=(topup_id, topup.state),
        is_sold=topup.state in INVOICEABLE,
        now=now,
    )


@transaction.atomic
def ask_by_receipt(topup_id: UUID, *, title: Title, now: datetime) -> Invoice:
    """The same for cash at a kiosk, for whoever holds its receipt: of nobody we know.

    The caller has opened the receipt's link. OrderNotInvoiceable for what was not paid in cash
    there; as `ask`. One that the card's holder asked for stands for it too, and is not told of.
    """
    cash = sold.lock_cash(topup_id, None)
    if cash is None:
        raise OrderNotInvoiceable(topup_id=topup_id)
    return _ask_for_cash(cash, title, now)


def is_sold(topup: TopUp) -> bool:
    """Whether it may have an invoice as it stands: paid for, or of cash, on its card."""
    return topup.state == "loaded" or (topup.state in INVOICEABLE and not sold.is_cash(topup.pk))


@transaction.atomic
def ask_for_enterprise(order_id: UUID, *, officer: Person, now: datetime) -> Invoice:
    """The same over an enterprise's order, to its registered name and code; twice is one.

    The order's row is locked, so that nothing of it goes back in between. NotAllowed,
    BulkOrderUnknown, TitleNotUnderstood (its name is none that an invoice carries), and as `ask`.
    """
    over = sold.lock_order(order_id)
    order, unit = over.order, over.order.enterprise
    require_officer(officer, order.pool, now)
    made = _ask(
        over,
        titles.understand(titles.ENTERPRISE, unit.name, unit.credit_code),
        because_of=(order.pk, order.state),
        is_sold=order.state == "shared",
        now=now,
    )
    trail.record(
        "bulk_invoice_asked",
        actor=Actor(kind="officer", id=str(officer.pk)),
        now=now,
        subject=f"bulk_order:{order.pk}",
    )
    return made


def _ask_for_cash(over: CashOrder, title: Title, now: datetime) -> Invoice:
    cash_returns.note_earlier(over.topup, now=now)
    if not over.is_on_card and queries.live_of(over.invoices) is None:
        raise CashNotOnCard(topup_id=over.id, state=over.topup.state)
    because_of = (over.id, over.topup.state)
    return _ask(over, title, because_of=because_of, is_sold=over.is_on_card, now=now)


def _ask(
    over: Sold, title: Title, *, because_of: tuple[UUID, str], is_sold: bool, now: datetime
) -> Invoice:
    order_id, state = because_of
    stands = queries.live_of(over.invoices)
    is_theirs = stands is not None and stands.person_id == over.columns.get("person_id")
    if stands is not None and is_theirs and stands.state != "reversing" and stands.title == title:
        return stands
    if stands is not None:
        raise InvoiceStands(invoice_id=stands.pk, state=stands.state)
    if not is_sold:
        raise OrderNotInvoiceable(order_id=order_id, state=state)
    if over.invoices.count() >= MOST_OF_ONE_ORDER:
        raise InvoicesTooMany(order_id=order_id)
    sellers.open_of(over.pool)
    amount_fen = over.invoiceable_fen()
    if amount_fen <= 0:
        raise NothingToInvoice(order_id=order_id)
    return make(over, title, amount_fen, now=now)


def make(
    over: Sold, title: Title, amount_fen: int, *, now: datetime, replaces: Invoice | None = None
) -> Invoice:
    """Writes it down and owes it, in the caller's transaction; what it is over is locked."""
    invoice_id = derive(over.id, f"invoice {over.invoices.count() + 1}")
    invoice = Invoice.objects.create(
        id=invoice_id,
        pool=over.pool,
        request_no=invoice_id.hex,
        amount_fen=amount_fen,
        given_back_fen=over.given_back_fen(),
        title_kind=title.kind,
        title_name=title.name,
        taxpayer_no=title.taxpayer_no,
        replaces=replaces,
        asked_at=now,
        **over.columns,
    )
    duties.owe(ISSUE, invoice.pk, now=now)
    return invoice
