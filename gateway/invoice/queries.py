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


def of_bulk_order(order_id: UUID) -> QuerySet[Invoice]:
    """Every invoice that was ever asked for an enterprise's order, newest first."""
    rows = Invoice.objects.filter(bulk_order_id=order_id).select_related("red")
    return rows.prefetch_related("files").order_by("-asked_at", "-id")


def of_receipt(topup_id: UUID) -> list[Invoice]:
    """Those of a cash order that whoever holds its receipt asked for, newest first."""
    rows = Invoice.objects.filter(cash_claim_id=topup_id, person__isnull=True)
    rows = rows.select_related("red", "replaced_by").prefetch_related("files")
    return list(rows.order_by("-asked_at", "-id"))


def has_live(topup_id: UUID) -> bool:
    """Whether one of this cash order stands or is under way, whoever asked for it."""
    return Invoice.objects.filter(cash_claim_id=topup_id, state__in=LIVE).exists()


def names_no_payment(invoice_id: UUID) -> bool:
    """Whether it is of an enterprise's order or of cash, and so of no channel's payment."""
    return Invoice.objects.filter(pk=invoice_id, payment__isnull=True).exists()


def live_of(rows: QuerySet[Invoice]) -> Invoice | None:
    """The one of an order's that stands or is under way, locked."""
    return rows.select_for_update().filter(state__in=LIVE).first()


def last_taken_back(rows: QuerySet[Invoice]) -> Invoice | None:
    """The newest of an order's that a refund took back and nothing has taken the place of."""
    found = rows.filter(state__in=("reversed", "withdrawn"), replaced_by__isnull=True)
    return found.order_by("-asked_at").first()


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
