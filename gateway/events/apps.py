"""Tells Django about the room of outgoing events, and asks the trail to be told."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The room of outgoing events."""

    name = "gateway.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every move that the catalogue names owes the making of its event, by the same commit."""
        from accounts import trail
        from gateway.events import catalogue

        for subject in catalogue.SUBJECTS:
            trail.tell(subject, catalogue.states_of(subject), duty=catalogue.duty_of(subject))
