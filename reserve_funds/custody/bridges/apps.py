"""The app of bridges between pools."""

from django.apps import AppConfig


class CustodyBridges(AppConfig):
    """Its reader of bank entries, its duty and its gate of the day close stand in every process."""

    name = "reserve_funds.custody.bridges"
    label = "custody_bridges"

    def ready(self) -> None:
        """No day closes past I14, and no settlement of another pool is taken for unclear money."""
        from reserve_funds.custody.bridges import arrivals, watching  # noqa: F401

        arrivals.attach()
