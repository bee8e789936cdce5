"""Tells Django about the line to the banks."""

from django.apps import AppConfig


class BankLineConfig(AppConfig):
    """The line to the banks that keep our accounts."""

    name = "gateway.bank_line"
    label = "bank_line"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The kinds of case are known wherever cases are listed; matching may ask the bank."""
        from gateway.bank_line import acting

        acting.take_on()
