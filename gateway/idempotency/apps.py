"""Tells Django about the room of idempotency keys."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    """The room of keys, fingerprints and stored answers."""

    name = "gateway.idempotency"
    label = "idempotency"
    default_auto_field = "django.db.models.BigAutoField"
