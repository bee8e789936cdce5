"""How invoices look on the wire."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gateway.invoice.models import Invoice, RedInvoice
from gateway.invoice.port import FORMS
from gateway.invoice.titles import ENTERPRISE, PERSONAL


class InvoiceWish(serializers.Serializer[Any]):
    """To whom it is made out; an enterprise says its 18-character taxpayer number."""

    kind = serializers.ChoiceField(choices=[PERSONAL, ENTERPRISE])
    name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    taxpayer_no = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class InvoiceFileView(serializers.Serializer[Any]):
    """One file that is here: where to fetch it, and what the office signed for."""

    form = serializers.ChoiceField(choices=list(FORMS))
    is_red = serializers.BooleanField()
    path = serializers.CharField()
    sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()


class RedInvoiceView(serializers.ModelSerializer[RedInvoice]):
    """红字发票 over the whole invoice: `waiting` for its buyer, or `issued`."""

    class Meta:
        model = RedInvoice
        fields = ("state", "invoice_no", "issued_at")
        read_only_fields = fields


class InvoiceView(serializers.ModelSerializer[Invoice]):
    """One invoice: `reversing` and `reversed` ones must not be used any more.

    `replaces` is the reversed one that this was made for: of an order partly refunded, or not
    refunded after all.
    """

    red_invoice_no = serializers.SerializerMethodField()
    red = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()

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
            "red",
            "replaces",
            "files",
            "reason",
            "asked_at",
        )
        read_only_fields = fields

    def get_red_invoice_no(self, invoice: Invoice) -> str | None:
        """The number of its red invoice, once it is made."""
        red = getattr(invoice, "red", None)
        return None if red is None else red.invoice_no

    @extend_schema_field(RedInvoiceView(allow_null=True))
    def get_red(self, invoice: Invoice) -> dict[str, Any] | None:
        """How far its reversal is; null while nothing is to be reversed."""
        red = getattr(invoice, "red", None)
        return None if red is None else dict(RedInvoiceView(red).data)

    @extend_schema_field(InvoiceFileView(many=True))
    def get_files(self, invoice: Invoice) -> list[dict[str, Any]]:
        """What can be fetched now, the invoice's own before its red ones."""
        kept = sorted(invoice.files.all(), key=lambda one: (one.is_red, one.form))
        return [
            {
                "form": one.form,
                "is_red": one.is_red,
                "path": reverse(
                    f"invoice-{'red-' if one.is_red else ''}{one.form}", args=[invoice.pk]
                ),
                "sha256": one.sha256,
                "size_bytes": one.size_bytes,
            }
            for one in kept
        ]


class InvoicesOfOrder(serializers.Serializer[Any]):
    """Every invoice ever asked for one order, newest first."""

    invoices = InvoiceView(many=True)


class InvoicePage(serializers.Serializer[Any]):
    """A page of invoices."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = InvoiceView(many=True)
