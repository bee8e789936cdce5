"""The app of placements."""

from django.apps import AppConfig


class CustodyPlacements(AppConfig):
    """Has its own label and migrations; its check of every outflow stands once it is ready."""

    name = "reserve_funds.custody.placements"
    label = "custody_placements"

    def ready(self) -> None:
        """No placement can be asked for or approved past the check, in any process."""
        from reserve_funds.custody.placements import asking, following, maturity

        asking.attach()
        following.attach()
        maturity.attach()
