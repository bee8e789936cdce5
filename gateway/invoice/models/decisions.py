"""What two officers say of an invoice in doubt, as rows."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gateway.invoice.lifecycle import DECISION_MOVES
from gateway.invoice.models.invoices import Invoice


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
