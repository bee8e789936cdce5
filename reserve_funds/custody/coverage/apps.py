"""The app of coverage."""

from django.apps import AppConfig


class CustodyCoverage(AppConfig):
    """Has its own label and migrations, as every room of custody."""

    name = "reserve_funds.custody.coverage"
    label = "custody_coverage"
