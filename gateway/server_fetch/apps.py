"""Tells Django about the room of server-fetch loads."""

from django.apps import AppConfig


class ServerFetchConfig(AppConfig):
    """The room of server-fetch loads."""

    name = "gateway.server_fetch"
    label = "server_fetch"
    default_auto_field = "django.db.models.BigAutoField"
