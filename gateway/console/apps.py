"""Tells Django where the console's templates and words are."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console of officers."""

    name = "gateway.console"
    label = "console"
