"""Tells Django about the room that delivers the sides, and takes on what matching may ask for."""

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    """The room of the roof that five-way matching hears from."""

    name = "gateway.reconciliation"
    label = "reconciliation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Takes on the acts that two officers may decide about a difference."""
        from gateway.reconciliation import acting

        acting.take_on()
