"""The app of five-way matching."""

from django.apps import AppConfig


class CustodyMatching(AppConfig):
    """Has its own label and migrations, as every room of custody."""

    name = "reserve_funds.custody.matching"
    label = "custody_matching"
    default_auto_field = "django.db.models.BigAutoField"
