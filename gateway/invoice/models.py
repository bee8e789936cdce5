"""Invoices as rows: who sells, what was asked and made, its reversal, and its files."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gateway.invoice.lifecycle import DECISION_MOVES, INVOICE_MOVES, LIVE, RED_MOVES
from gateway.invoice.titles import Title


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


class Invoice(models.Model):
    """One (blue) invoice of one order's payment, for what its payer really paid and kept.

    An enterprise's has its bulk order in place of person, top-up and payment. Its number at the
    office is `request_no`. `given_back_fen` is how much had gone back when the amount was fixed;
    `replaces` the one reversed because of it. `marks` are the files that the office has signed for.
    """

    TRAIL_KIND: ClassVar[str] = "invoice"
    MOVES: ClassVar = INVOICE_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    topup = models.ForeignKey("topup.TopUp", on_delete=models.PROTECT, null=True, related_name="+")
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    bulk_order = models.ForeignKey(
        "bulk.BulkOrder", on_delete=models.PROTECT, null=True, related_name="+"
    )
    request_no = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=10, default="asked")
    amount_fen = models.BigIntegerField()
    given_back_fen = models.BigIntegerField()
    title_kind = models.CharField(max_length=12)
    title_name = models.CharField(max_length=100)
    taxpayer_no = models.CharField(max_length=18, default="", blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by"
    )
    invoice_no = models.CharField(max_length=32, null=True, unique=True)
    issued_at = models.DateTimeField(null=True)
    marks = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, default="", blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_invoice"
        constraints = (
            models.UniqueConstraint(
                fields=("payment",),
                condition=Q(state__in=LIVE),
                name="invoice_an_order_has_one_invoice",
            ),
            models.UniqueConstraint(
                fields=("bulk_order",),
                condition=Q(state__in=LIVE),
                name="invoice_a_bulk_order_has_one_invoice",
            ),
            models.CheckConstraint(
                condition=Q(
                    bulk_order__isnull=True,
                    person__isnull=False,
                    topup__isnull=False,
                    payment__isnull=False,
                )
                | Q(
                    bulk_order__isnull=False,
                    person__isnull=True,
                    topup__isnull=True,
                    payment__isnull=True,
                    title_kind="enterprise",
                ),
                name="invoice_is_of_a_person_or_an_enterprise",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="invoice_is_of_something"),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(invoice_no__isnull=False, issued_at__isnull=False),
                name="invoice_issued_means_its_number",
            ),
            models.CheckConstraint(
                condition=Q(title_kind="personal", taxpayer_no="")
                | (Q(title_kind="enterprise") & ~Q(taxpayer_no="")),
                name="invoice_of_an_enterprise_has_its_number",
            ),
        )
        indexes = (
            models.Index(fields=("person", "-id"), name="invoice_of_person"),
            models.Index(fields=("topup",), name="invoice_of_topup"),
            models.Index(
                fields=("id",),
                condition=Q(state__in=("asked", "sent", "reversing")),
                name="invoice_under_way",
            ),
        )

    def __str__(self) -> str:
        return f"invoice {self.id} {self.state}"

    @property
    def order_no(self) -> str:
        """The number by which its payer knows what was sold."""
        if self.bulk_order is not None:
            return self.bulk_order.number
        assert self.payment is not None, "what is no enterprise's is of a payment"
        return self.payment.order_no

    @property
    def title(self) -> Title:
        """To whom it is made out."""
        return Title(kind=self.title_kind, name=self.title_name, taxpayer_no=self.taxpayer_no)


class RedInvoice(models.Model):
    """红字发票: the whole of one invoice taken back; `round_no` counts its numbers."""

    TRAIL_KIND: ClassVar[str] = "red_invoice"
    MOVES: ClassVar = RED_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="red")
    request_no = models.CharField(max_length=32, unique=True)
    round_no = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, default="asked")
    invoice_no = models.CharField(max_length=32, null=True, unique=True)
    issued_at = models.DateTimeField(null=True)
    marks = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, default="", blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_red"
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(invoice_no__isnull=False, issued_at__isnull=False),
                name="invoice_red_issued_means_its_number",
            ),
        )

    def __str__(self) -> str:
        return f"red invoice {self.id} {self.state}"


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


class InvoiceDecision(models.Model):
    """What two officers say of an invoice in doubt; its id is its approval's.

    `choice` is not_made, made or reversed; `was` the state in which the invoice was found.
    """

    TRAIL_KIND: ClassVar[str] = "invoice_decision"
    MOVES: ClassVar = DECISION_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="decisions")
    choice = models.CharField(max_length=10)
    was = models.CharField(max_length=10)
    invoice_no = models.CharField(max_length=32, default="", blank=True)
    issued_at = models.DateTimeField(null=True)
    because = models.CharField(max_length=200)
    state = models.CharField(max_length=8, default="asked")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_decision"
        constraints = (
            models.UniqueConstraint(
                fields=("invoice",),
                condition=Q(state="asked"),
                name="invoice_is_decided_one_by_one",
            ),
            models.CheckConstraint(
                condition=Q(choice="not_made", invoice_no="", issued_at__isnull=True)
                | (Q(choice__in=("made", "reversed"), issued_at__isnull=False) & ~Q(invoice_no="")),
                name="invoice_decision_has_its_number",
            ),
            models.CheckConstraint(condition=~Q(because=""), name="invoice_decision_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"decision {self.id} ({self.state})"
