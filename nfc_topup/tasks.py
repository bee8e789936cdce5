"""What the card room does regularly: warns of keys that end, ends ceremonies past their time."""

from datetime import timedelta

from accounts import clock
from accounts.schedules import every
from nfc_topup.keys import ending, expiry


def warn_of_expiry() -> None:
    """What the schedule runs four times a day."""
    expiry.warn(clock.now())


def expire_ceremonies() -> None:
    """What the schedule runs every ten minutes."""
    ending.expire_late(clock.now())


every("card_keys.expiry", "nfc_topup.tasks.warn_of_expiry", timedelta(hours=6))
every("key_ceremonies.late", "nfc_topup.tasks.expire_ceremonies", timedelta(minutes=10))
