"""How far a test goes: a short form in every run, the long one under ``script/campaign``."""

import os


def is_on() -> bool:
    """Whether this is a campaign (CAMPAIGN=1)."""
    return os.environ.get("CAMPAIGN") == "1"


def size(short: int, long: int) -> int:
    """The short number, or the long one in a campaign."""
    return long if is_on() else short
