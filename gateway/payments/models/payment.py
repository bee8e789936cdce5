"""Merchant accounts, payments, refunds and the inbox of notices, as rows."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from gateway.payments.lifecycle import NOTICE_MOVES, PAYMENT_MOVES, REFUND_MOVES


class MerchantAccount(models.Model):
    """One pool's account with one channel. Keys and secrets are kept by name only."""

    id = models.UUIDField(primary_key=True)
    channel = models.CharField(max_length=20)
    pool = models.IntegerField()
    merchant_no = models.CharField(max_length=32)
    app_no = models.CharField(max_length=32)
    base_url = models.URLField()
    notify_base_url = models.URLField()
    signing_serial = models.CharField(max_length=80)
    signing_key_secret = models.CharField(max_length=80)
    shared_key_secret = models.CharField(max_length=80, default="", blank=True)
    platform_keys = models.JSONField(default=dict)
    trusted_roots = models.TextField(default="", blank=True)
    options = models.JSONField(default=dict)
    open_for_payments = models.BooleanField(default=True)

    class Meta:
        db_table = "payments_merchant_account"
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "merchant_no"), name="payments_merchant_no_is_one_account"
            ),
            models.UniqueConstraint(
                fields=("pool", "channel"),
                condition=Q(open_for_payments=True),
                name="payments_pool_has_one_open_account_per_channel",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.merchant_no}"


class Payment(models.Model):
    """Money that somebody may pay, or has paid, over one channel under one order number."""

    TRAIL_KIND: ClassVar[str] = "payment"
    MOVES: ClassVar = PAYMENT_MOVES

    id = models.UUIDField(primary_key=True)
    pool = models.IntegerField()
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    order_no = models.CharField(max_length=32)
    patron = models.CharField(max_length=20)
    patron_id = models.UUIDField()
    state = models.CharField(max_length=12, default="prepared")
    scene = models.CharField(max_length=10)
    wish_fen = models.BigIntegerField()
    offer = models.JSONField(null=True)
    payer_openid = models.CharField(max_length=128, default="")
    payer_ip = models.GenericIPAddressField(null=True)
    no_credit = models.BooleanField(default=False, db_default=False)
    expires_at = models.DateTimeField()
    transaction_no = models.CharField(max_length=64, null=True)
    paid_fen = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True)
    settlement_day = models.DateField(null=True)
    allocated_fen = models.BigIntegerField(default=0)
    refunding_fen = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "payments_payment"
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "order_no"), name="payments_order_no_is_one_payment"
            ),
            models.UniqueConstraint(
                fields=("channel", "transaction_no"),
                name="payments_transaction_is_one_payment",
            ),
            models.UniqueConstraint(
                fields=("patron", "patron_id"),
                condition=Q(allocated_fen__gt=0),
                name="payments_at_most_one_is_allocated_to_an_order",
            ),
            models.CheckConstraint(condition=Q(wish_fen__gt=0), name="payments_wish_is_positive"),
            models.CheckConstraint(
                condition=Q(allocated_fen__gte=0, refunding_fen__gte=0)
                & Q(allocated_fen__lte=F("paid_fen"))
                & Q(refunding_fen__lte=F("paid_fen")),
                name="payments_never_give_more_than_was_paid",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(transaction_no__isnull=False, paid_fen__gt=0, settlement_day__isnull=False),
                name="payments_confirmed_means_known_transaction",
            ),
        )
        indexes = (
            models.Index(fields=("patron", "patron_id"), name="payments_by_patron"),
            models.Index(fields=("merchant", "settlement_day"), name="payments_by_settlement_day"),
            models.Index(
                fields=("pool", "id"), condition=Q(state="contested"), name="payments_contested"
            ),
            models.Index(
                fields=("payer_openid", "paid_at"),
                condition=Q(paid_at__isnull=False) & ~Q(payer_openid=""),
                name="payments_paid_by_wallet",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.order_no} {self.state}"


class Refund(models.Model):
    """Money on its way back to the payer by the original route; its number is fixed first."""

    TRAIL_KIND: ClassVar[str] = "refund"
    MOVES: ClassVar = REFUND_MOVES

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    refund_no = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, default="asked")
    amount_fen = models.BigIntegerField()
    because = models.CharField(max_length=80)
    source_kind = models.CharField(max_length=40)
    source_owner = models.CharField(max_length=120)
    channel_refund_no = models.CharField(max_length=64, null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "payments_refund"
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="payments_refund_is_positive"
            ),
        )
        indexes = (
            models.Index(
                fields=("id",), condition=Q(state="abnormal"), name="payments_abnormal_refunds"
            ),
        )

    def __str__(self) -> str:
        return f"{self.refund_no} {self.state}"


class Notice(models.Model):
    """A channel's push as it came: raw bytes, headers and the verdict on its signature.

    Received and processed are two facts: ``received_at`` is set once, ``state`` moves later.
    """

    TRAIL_KIND: ClassVar[str] = "notice"
    MOVES: ClassVar = NOTICE_MOVES

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default="received")
    verdict = models.CharField(max_length=60)
    headers = models.JSONField()
    body = models.BinaryField()
    key_id = models.CharField(max_length=80, default="")
    nonce = models.CharField(max_length=80, null=True)
    signed_at = models.DateTimeField(null=True)
    notice_no = models.CharField(max_length=80, default="")
    order_no = models.CharField(max_length=64, default="")
    fact = models.JSONField(null=True)
    deliveries = models.IntegerField(default=1)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "payments_notice"
        constraints = (
            models.UniqueConstraint(
                fields=("merchant", "nonce"), name="payments_nonce_is_used_once"
            ),
        )
        indexes = (models.Index(fields=("merchant", "order_no"), name="payments_notice_by_order"),)

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.notice_no} {self.verdict}"


class Evidence(models.Model):
    """What a channel verifiably said about a payment or its refund, when we asked or in a bill.

    `source` is query or bill.
    """

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="evidence")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="evidence")
    source = models.CharField(max_length=10)
    fact = models.JSONField()
    body = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "payments_evidence"

    def __str__(self) -> str:
        return f"{self.payment_id} {self.source}"
