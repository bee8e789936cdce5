"""The office as rows: who sells there, what it proved to say, and the files it signed for."""

from __future__ import annotations

from django.db import models

from gateway.invoice.models.invoices import Invoice


class InvoiceSeller(models.Model):
    """An operator as the seller of its invoices, and its office; keys of ours by name only.

    `office` is the adapter's name; `office_keys` are key ids to PEM of the office's answers.
    """

    pool = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)
    taxpayer_no = models.CharField(max_length=18)
    office = models.CharField(max_length=32)
    base_url = models.URLField()
    key_id = models.CharField(max_length=80)
    signing_key_secret = models.CharField(max_length=80)
    office_keys = models.JSONField(default=dict)
    is_open = models.BooleanField(default=True)

    class Meta:
        db_table = "invoice_seller"

    def __str__(self) -> str:
        return f"seller of {self.pool}"


class OfficeWord(models.Model):
    """What the office proved to say of one number, when it said something new; written once."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="words")
    request_no = models.CharField(max_length=32)
    said = models.CharField(max_length=32)
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    heard_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_word"
        constraints = (
            models.UniqueConstraint(
                fields=("request_no", "sha256"), name="invoice_word_is_kept_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_no} {self.said}"


class InvoiceFile(models.Model):
    """One file of an invoice or of its red counterpart, kept as it came under its hash."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="files")
    is_red = models.BooleanField()
    form = models.CharField(max_length=3)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    fetched_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_file"
        constraints = (
            models.UniqueConstraint(
                fields=("invoice", "is_red", "form"), name="invoice_file_is_one_of_its_form"
            ),
        )

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.form}"
