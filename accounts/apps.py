"""The room of people, cards, devices, the trail and outstanding work, as Django sees it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The lowest package of the house: it knows none of the others."""

    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Accounts"
