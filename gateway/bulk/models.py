"""Enterprises and whom to call there; their orders row by row; and what goes back to them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.bulk.lifecycle import ORDER_MOVES, PART_MOVES, RETURN_MOVES


def _person() -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Enterprise(models.Model):
    """A unit that pays for its people, registered for one pool under its 统一社会信用代码.

    Its id is that of the approval by which two officers registered it; `registered_by` asked.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    credit_code = models.CharField(max_length=18)
    name = models.CharField(max_length=120)
    registered_by = _person()
    registered_at = models.DateTimeField()

    class Meta:
        db_table = "bulk_enterprise"
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "credit_code"), name="bulk_enterprise_is_registered_once"
            ),
        )

    def __str__(self) -> str:
        return f"enterprise {self.id}"


class Contact(models.Model):
    """Whom to call at an enterprise; the number is sealed, its mask is what pages show."""

    id = models.UUIDField(primary_key=True, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=40)
    phone_sealed = models.BinaryField()
    phone_key = models.CharField(max_length=80)
    phone_masked = models.CharField(max_length=16)
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bulk_contact"

    def __str__(self) -> str:
        return f"contact {self.id}"


class BulkOrder(models.Model):
    """One list of one enterprise: what it comes to, who approved it, and until when.

    `number` is what the enterprise writes into its bank transfer. `amount_fen` is that of the rows
    with nothing against them; the others are not of the order. `pay_until` ends its approval,
    `claim_until` is when what nobody took may be asked back.
    """

    TRAIL_KIND: ClassVar[str] = "bulk_order"
    MOVES: ClassVar = ORDER_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    number = models.CharField(max_length=16, unique=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="orders")
    pool = models.IntegerField()
    state = models.CharField(max_length=12, default="drafted")
    file_name = models.CharField(max_length=120)
    file_digest = models.CharField(max_length=64)
    rows_total = models.IntegerField()
    rows_good = models.IntegerField()
    amount_fen = models.BigIntegerField()
    maker = _person()
    drafted_at = models.DateTimeField()
    claim_days = models.IntegerField()
    approval_id = models.UUIDField(null=True, unique=True)
    pay_until = models.DateTimeField(null=True)
    shared_at = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "bulk_order"
        constraints = (
            models.CheckConstraint(
                condition=Q(rows_good__gte=0, amount_fen__gte=0)
                & Q(rows_good__lte=F("rows_total")),
                name="bulk_order_good_rows_are_of_its_rows",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("drafted", "withdrawn"))
                | Q(approval_id__isnull=False, amount_fen__gt=0),
                name="bulk_order_goes_on_by_an_approval",
            ),
            models.CheckConstraint(
                condition=~Q(state="shared") | Q(shared_at__isnull=False),
                name="bulk_order_shared_means_a_moment",
            ),
        )
        indexes = (
            models.Index(fields=("pool", "-id"), name="bulk_order_of_pool"),
            models.Index(fields=("enterprise", "-id"), name="bulk_order_of_enterprise"),
        )

    def __str__(self) -> str:
        return f"bulk order {self.number} ({self.state})"


class BulkRow(models.Model):
    """One row of a list with the verdict on it; written once. Its id is its claim's.

    `verdict` is empty for a row with nothing against it. `most_fen` is what would be allowed.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    order = models.ForeignKey(BulkOrder, on_delete=models.PROTECT, related_name="rows")
    line_no = models.IntegerField()
    label = models.CharField(max_length=40)
    asn = models.CharField(max_length=20)
    amount_fen = models.BigIntegerField()
    verdict = models.CharField(max_length=24)
    most_fen = models.BigIntegerField(null=True)
    twin_line = models.IntegerField()

    class Meta:
        db_table = "bulk_row"
        constraints = (
            models.UniqueConstraint(fields=("order", "line_no"), name="bulk_row_is_one_line"),
            models.UniqueConstraint(
                fields=("order", "asn"), condition=Q(verdict=""), name="bulk_row_is_one_card"
            ),
            models.CheckConstraint(
                condition=~Q(verdict="") | (Q(amount_fen__gt=0) & ~Q(asn="")),
                name="bulk_row_good_means_card_and_amount",
            ),
        )
        indexes = (models.Index(fields=("asn",), name="bulk_row_of_card"),)

    def __str__(self) -> str:
        return f"row {self.line_no} of {self.order_id}"


class BulkReturn(models.Model):
    """What officers ask back for the enterprise: claims that nobody took, and what is left over.

    Its id is that of its approval. `claims_fen` is of claims, `amount_fen` everything.
    """

    TRAIL_KIND: ClassVar[str] = "bulk_return"
    MOVES: ClassVar = RETURN_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    order = models.ForeignKey(BulkOrder, on_delete=models.PROTECT, related_name="returns")
    state = models.CharField(max_length=12, default="asked")
    claims = models.IntegerField()
    claims_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    because = models.CharField(max_length=200)
    route = models.CharField(max_length=16, default="", blank=True)
    maker = _person()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "bulk_return"
        constraints = (
            models.UniqueConstraint(
                fields=("order",),
                condition=Q(state="asked"),
                name="bulk_return_is_asked_one_by_one",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, claims_fen__gte=0)
                & Q(claims_fen__lte=F("amount_fen")),
                name="bulk_return_is_positive",
            ),
        )

    def __str__(self) -> str:
        return f"bulk return {self.id} ({self.state})"


class ReturnedClaim(models.Model):
    """One claim that a return asks back; written once."""

    id = models.UUIDField(primary_key=True, editable=False)
    bulk_return = models.ForeignKey(BulkReturn, on_delete=models.PROTECT, related_name="claim_rows")
    claim_id = models.UUIDField()
    amount_fen = models.BigIntegerField()

    class Meta:
        db_table = "bulk_returned_claim"
        indexes = (models.Index(fields=("claim_id",), name="bulk_returned_of_claim"),)

    def __str__(self) -> str:
        return f"returned claim {self.claim_id}"


class ReturnPart(models.Model):
    """One original route of a return: over the payment that paid, or to the account that sent it.

    `goes_as` is the refund, or the request of an outflow.
    """

    TRAIL_KIND: ClassVar[str] = "bulk_part"
    MOVES: ClassVar = PART_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    bulk_return = models.ForeignKey(BulkReturn, on_delete=models.PROTECT, related_name="parts")
    amount_fen = models.BigIntegerField()
    payment_id = models.UUIDField(null=True)
    entry_id = models.UUIDField(null=True)
    goes_as = models.UUIDField(null=True, unique=True)
    state = models.CharField(max_length=10, default="planned")

    class Meta:
        db_table = "bulk_part"
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="bulk_part_is_positive"),
            models.CheckConstraint(
                condition=Q(payment_id__isnull=False, entry_id__isnull=True)
                | Q(payment_id__isnull=True, entry_id__isnull=False),
                name="bulk_part_has_one_route",
            ),
        )

    def __str__(self) -> str:
        return f"part {self.id} ({self.state})"
