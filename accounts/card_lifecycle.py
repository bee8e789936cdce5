"""Which moves a transit card may make, for whoever must know them without its rows."""

from collections.abc import Mapping

CARD_MOVES: Mapping[str, frozenset[str]] = {
    "in_use": frozenset({"in_use", "lost", "replaced", "closed"}),
    "lost": frozenset({"in_use", "replaced", "closed"}),
    "replaced": frozenset({"closed"}),
    "closed": frozenset(),
}
"""*In use* to *in use*: an expired card is renewed."""
