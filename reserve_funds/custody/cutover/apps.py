"""The app of the move from a legacy system."""

from django.apps import AppConfig


class CustodyCutover(AppConfig):
    """Has its own label and migrations, as every room of custody."""

    name = "reserve_funds.custody.cutover"
    label = "custody_cutover"

    def ready(self) -> None:
        """No line of an opening is booked a second time, in any process."""
        from reserve_funds.custody.cutover import arrivals

        arrivals.attach()
