"""Tells Django about notices, and asks the trail to be told of what they tell."""

from django.apps import AppConfig


class NotifyingConfig(AppConfig):
    """The room of notices."""

    name = "gateway.notifying"
    label = "notifying"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every move that the catalogue names owes its telling, by the same commit."""
        from accounts import own_data, trail
        from gateway.messages import port
        from gateway.notifying import catalogue
        from gateway.notifying.keeping import Notices

        port.learn(catalogue.TEMPLATES)
        own_data.welcome("notices", Notices())
        for subject in catalogue.SUBJECTS:
            states = catalogue.states_of(subject)
            trail.tell(subject, states, duty=catalogue.duty_of(subject))
