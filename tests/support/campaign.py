"""How far a test goes: a short form in every run, the long one under ``script/campaign``."""

import os


def size(short: int, long: int) -> int:
    """The short number, or the long one when CAMPAIGN=1."""
    return long if os.environ.get("CAMPAIGN") == "1" else short
