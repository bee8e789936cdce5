"""Reads invoices: one's own, an order's, and those of which only the office knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Person
from gateway.invoice.errors import InvoiceFileNotThere, InvoiceNotFound
from gateway.invoice.lifecycle import LIVE
from gateway.invoice.models import Invoice, InvoiceFile

UNDER_WAY = ("asked", "sent", "reversing")


def get(invoice_id: UUID, *, person: Person | None, lock: bool = False) -> Invoice:
    """One invoice; another person's is not found. ``person=None`` is the house itself."""
    rows = Invoice.objects.select_related("topup__card", "red")
    if lock:
        rows = Invoice.objects.select_for_update()
    if person is not None:
        rows = rows.filter(person=person)
    found = rows.filter(pk=invoice_id).first()
    if found is None:
        raise InvoiceNotFound(invoice_id=invoice_id)
    return found


def of_person(person: Person) -> QuerySet[Invoice]:
    """A person's invoices with their orders, newest first."""
    rows = Invoice.objects.filter(person=person).select_related("topup__card", "red")
    return rows.prefetch_related("files").order_by("-id")


def of_order(topup_id: UUID, *, person: Person | None) -> list[Invoice]:
    """Every invoice that was ever asked for this order, newest first."""
    rows = Invoice.objects.filter(topup_id=topup_id)
    if person is not None:
        rows = rows.filter(person=person)
    return list(rows.select_related("topup__card", "red").order_by("-id"))


def live_of(payment_id: UUID) -> Invoice | None:
    """The one that stands or is under way, locked."""
    rows = Invoice.objects.select_for_update().filter(payment_id=payment_id, state__in=LIVE)
    return rows.first()


def last_taken_back(payment_id: UUID) -> Invoice | None:
    """The newest that a refund took back and that nothing has taken the place of."""
    rows = Invoice.objects.filter(
        payment_id=payment_id, state__in=("reversed", "withdrawn"), replaced_by__isnull=True
    )
    return rows.order_by("-asked_at").first()


def files_of(invoice: Invoice) -> list[InvoiceFile]:
    """The files that are here, the invoice's own before its red ones, PDF last."""
    return list(invoice.files.order_by("is_red", "form"))


def file_of(invoice: Invoice, *, form: str, is_red: bool) -> InvoiceFile:
    """One of them; InvoiceFileNotThere."""
    found = invoice.files.filter(form=form, is_red=is_red).first()
    if found is None:
        raise InvoiceFileNotThere(invoice_id=invoice.pk, form=form)
    return found


def in_doubt(now: datetime, *, older: timedelta, pool: int | None = None) -> QuerySet[Invoice]:
    """Invoices of which only the office knows for longer than that, oldest first.

    Sent without an answer, or to be reversed without a red invoice yet.
    """
    rows = Invoice.objects.filter(Q(state="sent") | Q(state="reversing"), asked_at__lt=now - older)
    if pool is not None:
        rows = rows.filter(pool=pool)
    return rows.select_related("red").order_by("id")
