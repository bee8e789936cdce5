"""Tells Django where the citizens' pages, their words and their scripts are."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages of citizens."""

    name = "gateway.web"
    label = "web"

    def ready(self) -> None:
        """Makes known what money and cards keep of people."""
        from accounts import own_data
        from gateway.web.holdings import Holdings

        own_data.welcome("holdings", Holdings())
