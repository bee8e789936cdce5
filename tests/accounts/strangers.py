"""People and numbers nobody has met before, so that tests that commit never meet each other."""

import secrets
from datetime import datetime

from accounts import people
from accounts.models import Person


def a_phone() -> str:
    """A mobile number that no other test uses."""
    return f"19{secrets.randbelow(10**9):09d}"


def somebody(now: datetime) -> Person:
    """A person who has just enrolled."""
    return people.enrol(a_phone(), now)


def a_card_no(prefix: str = "31050702") -> str:
    """A card number that begins as an issuer's do and that no other test uses."""
    size = 19 - len(prefix)
    return f"{prefix}{secrets.randbelow(10**size):0{size}d}"
