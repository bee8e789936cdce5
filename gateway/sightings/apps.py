"""The app of sightings: it has no rows of its own, only a schedule."""

from django.apps import AppConfig


class GatewaySightings(AppConfig):
    """One way: from the card room to coverage."""

    name = "gateway.sightings"
    label = "gateway_sightings"
