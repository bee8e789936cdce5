"""Which moves a receiver's endpoint may make; the trail and the database keep to it."""

from collections.abc import Mapping

ENDPOINT_MOVES: Mapping[str, frozenset[str]] = {
    "unproven": frozenset({"active", "retired"}),
    "active": frozenset({"paused", "retired"}),
    "paused": frozenset({"active", "retired"}),
    "retired": frozenset(),
}
"""*Unproven*: its owner has not answered the challenge, so nothing is told to it. *Paused*: events
are kept for it until it is resumed or their time is over. Nothing leaves *retired*."""
