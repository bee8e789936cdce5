"""A citizen asks for the invoice of a paid order; asked twice it is one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import duties
from accounts.identifiers import derive
from accounts.models import Person
from gateway.invoice import amounts, queries, sellers
from gateway.invoice.errors import (
    InvoiceStands,
    InvoicesTooMany,
    NothingToInvoice,
    OrderNotInvoiceable,
)
from gateway.invoice.models import Invoice
from gateway.invoice.titles import Title
from gateway.payments.models import Payment
from gateway.topup import queries as topups

ISSUE = "invoice.issue"
INVOICEABLE = ("paid", "loading", "in_doubt", "loaded")
MOST_OF_ONE_ORDER = 10


@transaction.atomic
def ask(topup_id: UUID, *, person: Person, title: Title, now: datetime) -> Invoice:
    """Fixes number, amount and title of the invoice and owes it; the same title again is the same.

    The payment's row is locked, so that no refund begins in between. TopupNotFound,
    OrderNotInvoiceable, InvoiceStands, InvoicesNotOffered, NothingToInvoice, InvoicesTooMany.
    """
    topups.get(topup_id, person=person)
    payment = lock_payment(topup_id)
    topup = topups.get(topup_id, person=person)
    if payment is None:
        raise OrderNotInvoiceable(topup_id=topup_id, state=topup.state)
    stands = queries.live_of(payment.pk)
    if stands is not None and stands.state != "reversing" and stands.title == title:
        return stands
    if stands is not None:
        raise InvoiceStands(invoice_id=stands.pk, state=stands.state)
    if topup.state not in INVOICEABLE:
        raise OrderNotInvoiceable(topup_id=topup_id, state=topup.state)
    if Invoice.objects.filter(payment=payment).count() >= MOST_OF_ONE_ORDER:
        raise InvoicesTooMany(topup_id=topup_id)
    sellers.open_of(topup.pool)
    amount_fen = amounts.invoiceable_fen(payment)
    if amount_fen <= 0:
        raise NothingToInvoice(topup_id=topup_id)
    return make(payment, topup_id, person.pk, title, amount_fen, now=now)


def lock_payment(topup_id: UUID) -> Payment | None:
    """The payment that paid this order, its row locked before any invoice's; None for none."""
    rows = Payment.objects.select_for_update()
    return rows.filter(patron="topup", patron_id=topup_id, allocated_fen__gt=0).first()


def make(
    payment: Payment,
    topup_id: UUID,
    person_id: UUID,
    title: Title,
    amount_fen: int,
    *,
    now: datetime,
    replaces: Invoice | None = None,
) -> Invoice:
    """Writes the invoice down and owes it, in the caller's transaction, the payment locked."""
    before = Invoice.objects.filter(payment=payment).count()
    invoice_id = derive(payment.pk, f"invoice {before + 1}")
    invoice = Invoice.objects.create(
        id=invoice_id,
        pool=payment.pool,
        person_id=person_id,
        topup_id=topup_id,
        payment=payment,
        request_no=invoice_id.hex,
        amount_fen=amount_fen,
        given_back_fen=amounts.given_back_fen(payment),
        title_kind=title.kind,
        title_name=title.name,
        taxpayer_no=title.taxpayer_no,
        replaces=replaces,
        asked_at=now,
    )
    duties.owe(ISSUE, invoice.pk, now=now)
    return invoice
