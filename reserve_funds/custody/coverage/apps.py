"""The app of coverage."""

from django.apps import AppConfig


class CustodyCoverage(AppConfig):
    """Has its own label and migrations; its vetoes stand once it is ready."""

    name = "reserve_funds.custody.coverage"
    label = "custody_coverage"

    def ready(self) -> None:
        """No sweep or placement passes while anything is missing, in any process."""
        from reserve_funds.custody.coverage import vetoes

        vetoes.attach()
