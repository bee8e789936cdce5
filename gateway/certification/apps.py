"""Tells Django about the room of certification, which keeps no rows of its own."""

from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """The room where partner banks are tried."""

    name = "gateway.certification"
    label = "certification"
