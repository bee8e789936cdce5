"""The app of cases, the list of what people must end."""

from django.apps import AppConfig


class CustodyCases(AppConfig):
    """Has its own label and migrations, as every room of custody."""

    name = "reserve_funds.custody.cases"
    label = "custody_cases"
