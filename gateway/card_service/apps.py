"""Tells Django about the room of card services, and which moves elsewhere it wants to hear of."""

from django.apps import AppConfig


class CardServiceConfig(AppConfig):
    """The room of card services."""

    name = "gateway.card_service"
    label = "card_service"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What a bank sends back long after it was paid owes a look; the sweep sees the rest."""
        from accounts import own_data, trail
        from gateway.card_service import tasks
        from gateway.card_service.own_data import Services

        own_data.welcome("card_services", Services())
        trail.tell("instruction", ["returned"], duty=tasks.RETURNED)
