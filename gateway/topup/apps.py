"""Tells Django about the room of top-ups and lets it take money."""

from django.apps import AppConfig


class TopupConfig(AppConfig):
    """The room of top-ups."""

    name = "gateway.topup"
    label = "topup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Makes this room known to payments as a patron."""
        from gateway.payments import patrons
        from gateway.topup.patron import TopupPatron

        patrons.welcome("topup", TopupPatron())
