"""What the inbox and the keys need to be kept honest: tallies, sightings, seals."""

from django.db import models
from django.db.models import Q

from gateway.payments.models.payment import MerchantAccount


class ForgeryTally(models.Model):
    """How many refused pushes of one verdict one account met in one hour, and how many are kept."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=60)
    hour = models.DateTimeField()
    seen = models.BigIntegerField(default=0)
    kept = models.IntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "payments_forgery_tally"
        constraints = (
            models.UniqueConstraint(
                fields=("merchant", "verdict", "hour"), name="payments_tally_is_one_an_hour"
            ),
        )

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.verdict} {self.hour} {self.seen}"


class KeySighting(models.Model):
    """A key id that was met and is not known; a refresh is asked for it once in its window."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=80)
    first_seen_at = models.DateTimeField()
    refresh_asked_at = models.DateTimeField()

    class Meta:
        db_table = "payments_key_sighting"
        constraints = (
            models.UniqueConstraint(
                fields=("merchant", "key_id"), name="payments_key_is_sighted_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.key_id}"


class KeyUse(models.Model):
    """How many of our questions a channel answered under one key on one day."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=80)
    day = models.DateField()
    answers = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "payments_key_use"
        constraints = (
            models.UniqueConstraint(
                fields=("merchant", "key_id", "day"), name="payments_key_use_is_one_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.key_id} {self.day}"


class KeyWarning(models.Model):
    """That the end of a key was announced, once for each number of days ahead."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=80)
    days = models.IntegerField()
    warned_at = models.DateTimeField()

    class Meta:
        db_table = "payments_key_warning"
        constraints = (
            models.UniqueConstraint(
                fields=("merchant", "key_id", "days"), name="payments_key_is_warned_of_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.key_id} {self.days}"


class NoticeSeal(models.Model):
    """The seal over all notices received on one day, chained to the seal of the day before.

    `hours` lists [hour, count, SHA-256] of each hour; `root` is over these, `chain` over the
    former chain, the day, the count and the root.
    """

    day = models.DateField(primary_key=True)
    count = models.BigIntegerField()
    hours = models.JSONField()
    root = models.BinaryField(max_length=32)
    previous_day = models.DateField(null=True, unique=True)
    previous_chain = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "payments_notice_seal"
        constraints = (
            models.CheckConstraint(
                condition=Q(previous_day__isnull=True) | Q(previous_day__lt=models.F("day")),
                name="payments_seal_follows_an_earlier_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.count}"


class NoticePurge(models.Model):
    """That a sealed day's notices were removed past their retention; written by the database."""

    day = models.DateField(primary_key=True)
    count = models.BigIntegerField()
    purged_at = models.DateTimeField()

    class Meta:
        db_table = "payments_notice_purge"

    def __str__(self) -> str:
        return f"{self.day} {self.count}"
