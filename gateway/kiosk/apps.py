"""Tells Django about the room of kiosks."""

from django.apps import AppConfig


class KioskConfig(AppConfig):
    """The room of kiosks."""

    name = "gateway.kiosk"
    label = "kiosk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The kinds of case that this room opens are known wherever cases are listed."""
        from gateway.kiosk import matters  # noqa: F401
