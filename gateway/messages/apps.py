"""Tells Django about short messages, and who sends them."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Short messages."""

    name = "gateway.messages"
    label = "short_messages"

    def ready(self) -> None:
        """Employs the provider of the settings; the sandbox brings its own."""
        from django.conf import settings

        from gateway.messages import port, sending

        if settings.SMS_PROVIDER == "aliyun":
            port.employ(sending.Aliyun())
