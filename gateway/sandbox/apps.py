"""Installs the province in a box as an app, so that its commands are found."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox; settings list it only where GATEWAY_ENV is sandbox."""

    name = "gateway.sandbox"
    label = "sandbox"

    def ready(self) -> None:
        """Brings the providers of this house that leave this machine nowhere else."""
        from django.conf import settings

        from accounts import real_names
        from gateway.messages import port
        from gateway.sandbox.messages import Console
        from gateway.sandbox.name_office import NameOffice

        if settings.SMS_PROVIDER == "sandbox":
            port.employ(Console())
        real_names.offer(NameOffice())
