"""Rows of the card room; only this room writes them."""

from nfc_topup.models.card import CardApplication, Challenge, Sighting
from nfc_topup.models.ceremony import ExpiryWarning, KeyCeremony, KeyComponent
from nfc_topup.models.doubt import Decision, Explanation, ProofAttempt
from nfc_topup.models.guard import FailureTally, Incident, Lock
from nfc_topup.models.key import CardKey, KeyValue
from nfc_topup.models.load import Inquiry, Load, LoadSeal

__all__ = [
    "CardApplication",
    "CardKey",
    "Challenge",
    "Decision",
    "ExpiryWarning",
    "Explanation",
    "FailureTally",
    "Incident",
    "Inquiry",
    "KeyCeremony",
    "KeyComponent",
    "KeyValue",
    "Load",
    "LoadSeal",
    "Lock",
    "ProofAttempt",
    "Sighting",
]
