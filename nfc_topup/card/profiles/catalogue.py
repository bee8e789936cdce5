"""The profiles this house knows, found by name or by the AID that a card answers to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nfc_topup.card.errors import ProfileUnknown
from nfc_topup.card.profiles.profile import CardProfile, KeyVersionByte
from nfc_topup.card.profiles.schema import read_directory

DIRECTORY = Path(__file__).resolve().parent
SHEETS = read_directory(DIRECTORY)
PROFILES: dict[str, CardProfile] = {name: sheet.profile for name, sheet in SHEETS.items()}

TUNION_AID = PROFILES["tunion"].aid
CITY_AID = PROFILES["city"].aid

_PROOF_ORDERS: dict[str, tuple[int, ...]] = {
    "both": (1, 0),
    "yes": (1, 0),
    "n+1": (1,),
    "n": (0,),
    "no": (),
}


def by_name(name: str) -> CardProfile:
    """A built-in profile, or in the form `sandbox:index=2,proofs=no,pin=NAME` a sandbox one.

    Options of sandbox profiles: index=N, proofs=both|n+1|n|no, pin=SECRET NAME or none,
    version=ignored|load|both, file15=no; levels are the imported keys' own. ProfileUnknown for
    anything else.
    """
    base, _, options = name.partition(":")
    profile = PROFILES.get(base)
    if profile is None or (options and not profile.sandbox_only):
        raise ProfileUnknown("no such card profile", profile=name)
    return _with_options(replace(profile, name=name), options) if options else profile


def by_aid(aid: bytes) -> CardProfile | None:
    """The live profile that answers to this AID, None when there is none."""
    return next((profile for profile in live() if profile.aid == aid), None)


def live() -> list[CardProfile]:
    """The profiles of real cards in the order to try them: the ministry's first, one per AID."""
    found = [profile for profile in PROFILES.values() if not profile.sandbox_only]
    return sorted(found, key=lambda profile: (profile.key_set, profile.name))


def _with_options(profile: CardProfile, options: str) -> CardProfile:
    for option in options.split(","):
        key, _, value = option.partition("=")
        if key == "index" and value.isdecimal() and int(value) <= 0xFF:
            profile = replace(profile, key_index=int(value))
        elif key == "proofs" and value in _PROOF_ORDERS:
            profile = replace(profile, proof_offsets=_PROOF_ORDERS[value])
        elif key == "version" and value in set(KeyVersionByte):
            profile = replace(profile, key_version=KeyVersionByte(value))
        elif (key, value) == ("file15", "no"):
            profile = replace(profile, reads_file15=False)
        elif key == "pin" and value:
            profile = replace(profile, pin_secret=None if value == "none" else value)
        else:
            raise ProfileUnknown("unknown option of a sandbox profile", option=key)
    return profile
