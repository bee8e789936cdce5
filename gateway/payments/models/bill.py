"""Channels' bills: one for each account and day, the files they came in, and their lines."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gateway.payments.lifecycle import BILL_MOVES
from gateway.payments.models.payment import MerchantAccount


class Bill(models.Model):
    """What one channel owes us a word about: one account's trade on one day.

    `difference` says in plain words why a file was not taken, or in what a later one differs.
    """

    TRAIL_KIND: ClassVar[str] = "bill"
    MOVES: ClassVar = BILL_MOVES

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    pool = models.IntegerField()
    day = models.DateField()
    state = models.CharField(max_length=12, default="expected")
    lines = models.BigIntegerField(default=0)
    difference = models.JSONField(default=dict)
    expected_at = models.DateTimeField()

    class Meta:
        db_table = "payments_bill"
        constraints = (
            models.UniqueConstraint(
                fields=("merchant", "day"), name="payments_account_has_one_bill_a_day"
            ),
        )
        indexes = (
            models.Index(
                fields=("pool", "day"),
                condition=Q(state__in=("quarantined", "changed")),
                name="payments_bills_set_aside",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.day} {self.state}"


class BillFile(models.Model):
    """One file as the channel gave it, kept under its own hash; `verdict` is what became of it."""

    id = models.BigAutoField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="files")
    sha256 = models.CharField(max_length=64)
    announced_hash = models.CharField(max_length=128)
    size_bytes = models.BigIntegerField()
    verdict = models.CharField(max_length=12)
    difference = models.JSONField(default=dict)
    fetched_at = models.DateTimeField()

    class Meta:
        db_table = "payments_bill_file"
        constraints = (
            models.UniqueConstraint(
                fields=("bill", "sha256"), name="payments_bill_file_is_kept_once"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=("stored", "unreadable", "changed")),
                name="payments_bill_file_has_its_verdict",
            ),
        )

    def __str__(self) -> str:
        return f"{self.bill_id} {self.verdict}"


class BillLine(models.Model):
    """One line of a bill that was taken, by COPY; its id follows from channel, day and number."""

    id = models.UUIDField(primary_key=True)
    bill = models.ForeignKey(
        Bill, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    line_no = models.IntegerField()
    kind = models.CharField(max_length=8)
    at = models.DateTimeField()
    order_no = models.CharField(max_length=64)
    transaction_no = models.CharField(max_length=64)
    refund_no = models.CharField(max_length=64, null=True)
    channel_refund_no = models.CharField(max_length=64, null=True)
    refund_state = models.CharField(max_length=32, null=True)
    raw_state = models.CharField(max_length=32)
    app_no = models.CharField(max_length=32)
    amount_fen = models.BigIntegerField()
    settled_fen = models.BigIntegerField()
    fee_in_100000 = models.BigIntegerField()

    class Meta:
        db_table = "payments_bill_line"
        constraints = (
            models.UniqueConstraint(
                fields=("bill", "line_no"), name="payments_bill_has_each_line_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0), name="payments_bill_line_is_not_negative"
            ),
        )
        indexes = (
            models.Index(
                fields=("refund_no",),
                condition=Q(refund_no__isnull=False),
                name="payments_bill_line_of_refund",
            ),
        )

    def __str__(self) -> str:
        return f"{self.bill_id} {self.line_no}"


class ChannelCost(models.Model):
    """What one account's day at its channel came to, and that it was booked, once.

    All in fen. `gross_fen` paid and `refunds_fen` given back as we booked them, `coupon_fen` the
    part our own coupons paid, `fee_fen` withheld, `returned_fen` fees given back with refunds, of
    which `returned_due_fen` lowered what own money still had to cover.
    `net_fen` is what the channel should pay out.
    """

    bill = models.OneToOneField(
        Bill, on_delete=models.PROTECT, primary_key=True, related_name="cost"
    )
    payments = models.BigIntegerField()
    refunds = models.BigIntegerField()
    gross_fen = models.BigIntegerField()
    refunds_fen = models.BigIntegerField()
    coupon_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField()
    returned_due_fen = models.BigIntegerField()
    net_fen = models.BigIntegerField()
    booked_at = models.DateTimeField()

    class Meta:
        db_table = "payments_channel_cost"
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    net_fen=models.F("gross_fen")
                    - models.F("refunds_fen")
                    - models.F("coupon_fen")
                    - models.F("fee_fen")
                    + models.F("returned_fen")
                ),
                name="payments_net_is_gross_less_refunds_and_costs",
            ),
            models.CheckConstraint(
                condition=Q(
                    returned_due_fen__gte=0, returned_due_fen__lte=models.F("returned_fen")
                ),
                name="payments_returned_fee_is_split",
            ),
        )

    def __str__(self) -> str:
        return f"{self.bill_id} {self.net_fen}"
