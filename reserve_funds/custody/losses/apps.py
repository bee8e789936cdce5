"""The app of losses: it has no tables of its own."""

from django.apps import AppConfig


class CustodyLosses(AppConfig):
    """Its kinds of case are known in every process."""

    name = "reserve_funds.custody.losses"
    label = "custody_losses"

    def ready(self) -> None:
        """Pages that list cases know what these are."""
        from reserve_funds.custody.losses import services  # noqa: F401
