"""How invoices look on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway.invoice.models import Invoice
from gateway.invoice.titles import ENTERPRISE, PERSONAL


class InvoiceWish(serializers.Serializer[Any]):
    """To whom it is made out; an enterprise says its 18-character taxpayer number."""

    kind = serializers.ChoiceField(choices=[PERSONAL, ENTERPRISE])
    name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    taxpayer_no = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class InvoiceView(serializers.ModelSerializer[Invoice]):
    """One invoice: `reversing` and `reversed` ones must not be used any more."""

    red_invoice_no = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        fields = (
            "id",
            "topup_id",
            "state",
            "amount_fen",
            "title_kind",
            "title_name",
            "taxpayer_no",
            "invoice_no",
            "issued_at",
            "red_invoice_no",
            "reason",
            "asked_at",
        )
        read_only_fields = fields

    def get_red_invoice_no(self, invoice: Invoice) -> str | None:
        """The number of its red invoice, once it is made."""
        red = getattr(invoice, "red", None)
        return None if red is None else red.invoice_no


class InvoicesOfOrder(serializers.Serializer[Any]):
    """Every invoice ever asked for one order, newest first."""

    invoices = InvoiceView(many=True)


class InvoicePage(serializers.Serializer[Any]):
    """A page of invoices."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = InvoiceView(many=True)
