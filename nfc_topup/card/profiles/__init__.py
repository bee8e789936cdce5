"""Card profiles: one data file per issuer, checked against a schema, chosen by AID or by name."""

from nfc_topup.card.profiles.catalogue import (
    CITY_AID,
    PROFILES,
    TUNION_AID,
    by_aid,
    by_name,
    live,
)
from nfc_topup.card.profiles.profile import (
    FACTOR_NAMES,
    LITERAL_FACTOR,
    Algorithm,
    CardProfile,
    KeyVersionByte,
    LogCounter,
    diversifiers,
)

__all__ = [
    "CITY_AID",
    "FACTOR_NAMES",
    "LITERAL_FACTOR",
    "PROFILES",
    "TUNION_AID",
    "Algorithm",
    "CardProfile",
    "KeyVersionByte",
    "LogCounter",
    "by_aid",
    "by_name",
    "diversifiers",
    "live",
]
