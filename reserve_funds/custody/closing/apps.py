"""The app of the day close, what was found at each check and its case kind."""

from django.apps import AppConfig


class CustodyClosing(AppConfig):
    """Has its own label and migrations, as every room of custody."""

    name = "reserve_funds.custody.closing"
    label = "custody_closing"
