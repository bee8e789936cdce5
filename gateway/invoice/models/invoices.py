"""Invoices as rows: what was asked and made, its reversal, and the cash that went back."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.invoice.lifecycle import INVOICE_MOVES, LIVE, RED_MOVES
from gateway.invoice.titles import Title


class Invoice(models.Model):
    """One (blue) invoice of one order's payment, for what its payer really paid and kept.

    An enterprise's has its bulk order in place of person, top-up and payment; that of cash at a
    kiosk has its top-up's cash claim in place of a payment, and no person when whoever holds the
    receipt asked. Its number at the office is `request_no`. `given_back_fen` is how much had gone
    back when the amount was fixed; `replaces` the one reversed because of it. `marks` are the files
    that the office has signed for.
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
    cash_claim = models.ForeignKey(
        "kiosk.Claim", on_delete=models.PROTECT, null=True, related_name="+"
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
            models.UniqueConstraint(
                fields=("cash_claim",),
                condition=Q(state__in=LIVE),
                name="invoice_a_cash_order_has_one_invoice",
            ),
            models.CheckConstraint(
                condition=Q(
                    bulk_order__isnull=True,
                    cash_claim__isnull=True,
                    person__isnull=False,
                    topup__isnull=False,
                    payment__isnull=False,
                )
                | Q(
                    bulk_order__isnull=False,
                    cash_claim__isnull=True,
                    person__isnull=True,
                    topup__isnull=True,
                    payment__isnull=True,
                    title_kind="enterprise",
                )
                | Q(
                    bulk_order__isnull=True,
                    cash_claim__isnull=False,
                    topup=F("cash_claim"),
                    topup__isnull=False,
                    payment__isnull=True,
                ),
                name="invoice_is_of_a_payment_an_enterprise_or_cash",
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
        if self.cash_claim_id is not None:
            return self.cash_claim_id.hex
        assert self.payment is not None, "what is neither an enterprise's nor cash is of a payment"
        return self.payment.order_no

    @property
    def title(self) -> Title:
        """To whom it is made out."""
        return Title(kind=self.title_kind, name=self.title_name, taxpayer_no=self.taxpayer_no)


class CashReturn(models.Model):
    """How much of one cash order a redemption gave back, also when nothing; append-only."""

    id = models.BigAutoField(primary_key=True)
    topup = models.ForeignKey("topup.TopUp", on_delete=models.PROTECT, related_name="+")
    departure = models.ForeignKey(
        "card_service.Departure", on_delete=models.PROTECT, related_name="+"
    )
    amount_fen = models.BigIntegerField()
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_cash_return"
        constraints = (
            models.UniqueConstraint(
                fields=("topup", "departure"), name="invoice_cash_return_is_noted_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0), name="invoice_cash_return_is_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount_fen} of {self.topup_id}"


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
