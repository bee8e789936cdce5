"""Tells Django about the room of assisted sessions."""

from django.apps import AppConfig


class AssistingConfig(AppConfig):
    """The room of assisted sessions."""

    name = "gateway.assisting"
    label = "assisting"
    default_auto_field = "django.db.models.BigAutoField"
