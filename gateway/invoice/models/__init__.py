"""The rows of invoices."""

from gateway.invoice.models.decisions import InvoiceDecision
from gateway.invoice.models.invoices import CashReturn, Invoice, RedInvoice
from gateway.invoice.models.office import InvoiceFile, InvoiceSeller, OfficeWord

__all__ = [
    "CashReturn",
    "Invoice",
    "InvoiceDecision",
    "InvoiceFile",
    "InvoiceSeller",
    "OfficeWord",
    "RedInvoice",
]
