"""What is known of each purse: how far its counter has come, what it answered, what it held."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CardApplication(models.Model):
    """One purse application on one card. Its row is the lock that loads of the card queue at.

    `counter_watermark` is the lowest online counter the card may still show, None before the
    first proved sight of it. A retired one was provisioned anew under the same number.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    asn = models.CharField(max_length=20)
    aid = models.CharField(max_length=32)
    counter_watermark = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asn", "aid"],
                condition=Q(retired_at__isnull=True),
                name="nfc_topup_application_in_use_is_known_once",
            ),
            models.CheckConstraint(
                name="nfc_topup_application_asn_is_20_digits",
                condition=Q(asn__regex=r"^[0-9]{20}$"),
            ),
            models.CheckConstraint(
                name="nfc_topup_watermark_is_at_most_65536",
                condition=Q(counter_watermark__isnull=True) | Q(counter_watermark__lte=65536),
            ),
        ]

    def __str__(self) -> str:
        return f"application {self.id}"


class Challenge(models.Model):
    """One answer to INITIALIZE whose MAC1 verified, as it came (16 bytes hex); append-only."""

    application = models.ForeignKey(CardApplication, on_delete=models.PROTECT, related_name="+")
    counter = models.PositiveIntegerField()
    card_random = models.CharField(max_length=8)
    answer = models.CharField(max_length=32)
    asked_by = models.UUIDField()  # the load or the inquiry
    seen_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "counter", "card_random"],
                name="nfc_topup_challenge_is_taken_once",
            ),
        ]

    def __str__(self) -> str:
        return f"challenge {self.pk}"


class Sighting(models.Model):
    """A balance that MAC1 or TAC proved; append-only. `source_id` is the load or the inquiry."""

    application = models.ForeignKey(
        CardApplication, on_delete=models.PROTECT, related_name="sightings"
    )
    counter = models.PositiveIntegerField()
    balance_fen = models.BigIntegerField()
    proof = models.CharField(max_length=8)
    source_id = models.UUIDField()
    seen_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_id", "proof"], name="nfc_topup_sighting_is_kept_once"
            ),
            models.CheckConstraint(
                name="nfc_topup_sighting_is_proved_by_mac1_or_tac",
                condition=Q(proof__in=["mac1", "tac"]),
            ),
        ]
        indexes = [models.Index(fields=["seen_at", "id"], name="nfc_topup_sighting_in_order")]

    def __str__(self) -> str:
        return f"sighting {self.pk}"
