"""The app of custody accounts and bank statements."""

from django.apps import AppConfig


class CustodyBank(AppConfig):
    """Has its own label and migrations, as every room of custody."""

    name = "reserve_funds.custody.bank"
    label = "custody_bank"
