"""Tells Django about the room of payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The room that takes money through channels."""

    name = "gateway.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"
