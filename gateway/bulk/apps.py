"""Tells Django about the room of enterprises' orders, and what it wants to hear of elsewhere."""

from django.apps import AppConfig


class BulkConfig(AppConfig):
    """The room of enterprises' orders."""

    name = "gateway.bulk"
    label = "bulk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Money comes by payments and by what officers say of bank entries; it leaves by banks."""
        from accounts import trail
        from gateway.bulk import tasks
        from gateway.bulk.patron import BulkPatron
        from gateway.payments import patrons

        patrons.welcome("bulk", BulkPatron())
        trail.tell("understanding", ["done"], duty=tasks.UNDERSTOOD)
        trail.tell("instruction", ["dropped", "paid", "rejected", "returned"], duty=tasks.BANK_SAID)
