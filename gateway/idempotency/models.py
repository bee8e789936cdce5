"""What makes twice once: stored answers by (principal, route, key), and nonces that were used."""

from django.db import models


class StoredAnswer(models.Model):
    """One write asked under one key, and the answer it got, byte for byte.

    ``cause`` is the id from which everything this write makes is derived, so that running it
    again after a crash makes nothing twice.
    """

    id = models.BigAutoField(primary_key=True)
    cause = models.UUIDField(unique=True)
    principal = models.CharField(max_length=80)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    running_until = models.DateTimeField(null=True)
    status = models.SmallIntegerField(null=True)
    content_type = models.CharField(max_length=80, default="")
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_stored_answer"
        constraints = (
            models.UniqueConstraint(
                fields=("principal", "route", "key"), name="idempotency_key_is_used_once"
            ),
            models.CheckConstraint(
                condition=models.Q(running_until__isnull=False) | models.Q(status__isnull=False),
                name="idempotency_answer_is_running_or_stored",
            ),
        )
        indexes = (models.Index(fields=("created_at",), name="idempotency_by_age"),)

    def __str__(self) -> str:
        return f"{self.route} {self.cause}"


class SeenNonce(models.Model):
    """A nonce that a signer used, until its signature is too old to be taken again."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=80)
    nonce = models.CharField(max_length=128)
    forget_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_seen_nonce"
        constraints = (
            models.UniqueConstraint(
                fields=("principal", "nonce"), name="idempotency_nonce_is_used_once"
            ),
        )
        indexes = (models.Index(fields=("forget_at",), name="idempotency_nonce_by_age"),)

    def __str__(self) -> str:
        return f"nonce of {self.principal}"
