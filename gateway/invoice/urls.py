"""The addresses of invoices."""

from django.urls import path

from gateway.invoice import api

urlpatterns = [
    path("topups/<uuid:topup_id>/invoices", api.OrderInvoices.as_view(), name="topup-invoices"),
    path("invoices", api.Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:invoice_id>", api.OneInvoice.as_view(), name="invoice"),
    path("invoices/<uuid:invoice_id>/pdf", api.InvoicePdf.as_view(), name="invoice-pdf"),
    path("invoices/<uuid:invoice_id>/ofd", api.InvoiceOfd.as_view(), name="invoice-ofd"),
    path("invoices/<uuid:invoice_id>/red/pdf", api.RedInvoicePdf.as_view(), name="invoice-red-pdf"),
    path("invoices/<uuid:invoice_id>/red/ofd", api.RedInvoiceOfd.as_view(), name="invoice-red-ofd"),
]
