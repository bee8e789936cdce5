"""Tells Django about the room of kiosks."""

from django.apps import AppConfig


class KioskConfig(AppConfig):
    """The room of kiosks."""

    name = "gateway.kiosk"
    label = "kiosk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The kinds of case that this room opens are known wherever cases are listed; what banks
        make of transfers is told to this room."""
        from accounts import trail
        from gateway.kiosk import matters, tasks  # noqa: F401

        trail.tell("instruction", ["paid", "returned"], duty=tasks.BANK_SAID)
