"""Which moves a deposit may make; the trail and the database keep to it."""

from collections.abc import Mapping

DEPOSIT_MOVES: Mapping[str, frozenset[str]] = {
    "placed": frozenset({"held", "expired"}),
    "held": frozenset({"due"}),
    "due": frozenset({"proposed", "returning"}),
    "proposed": frozenset({"returning", "returned", "due"}),
    "returning": frozenset({"returned", "due"}),
    "returned": frozenset({"due"}),
    "expired": frozenset(),
}
"""*Held*: the book has it under the card. *Due*: the card was handed in. *Proposed*: one officer
says by which way, a second one must agree. *Returning*: over a channel or a bank. Back to *due*:
that way failed, and the money lies under the card again."""

STANDING = ("held", "due", "proposed")
"""In these states the book holds it."""

LIVE = ("placed", *STANDING, "returning")
"""A card has at most one deposit in these states."""

UNDER_WAY = ("due", "proposed", "returning")
