"""Installs the province in a box as an app, so that its commands are found."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox; settings list it only where GATEWAY_ENV is sandbox."""

    name = "gateway.sandbox"
    label = "sandbox"
