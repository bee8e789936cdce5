"""Installs the card room."""

from django.apps import AppConfig


class NfcTopupConfig(AppConfig):
    """圈存."""

    name = "nfc_topup"
    verbose_name = "圈存"
