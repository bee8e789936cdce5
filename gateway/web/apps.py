"""Tells Django where the citizens' pages, their words and their scripts are."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages of citizens."""

    name = "gateway.web"
    label = "web"
