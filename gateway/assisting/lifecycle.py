"""Which moves an assisted session may make."""

from collections.abc import Mapping

ASSIST_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"open", "ended"}),
    "open": frozenset({"ended"}),
    "ended": frozenset(),
}
"""*Asked*: somebody was found and nothing may be done yet. *Open*: they consented."""
