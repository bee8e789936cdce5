"""How a difference and a decision about one may move: data for Python and for the database."""

from __future__ import annotations

from collections.abc import Mapping

DIFFERENCE_MOVES: Mapping[str, frozenset[str]] = {
    "open": frozenset({"ended", "settled"}),
    "ended": frozenset({"open"}),
    "settled": frozenset({"overtaken"}),
    "overtaken": frozenset({"settled", "ended"}),
}
"""*Ended*: later evidence agrees; the reason is kept. *Settled*: two people booked a voucher for
it. *Overtaken*: the evidence came after that, so the voucher may now be one too many: people
look again, and once two officers have reversed it the difference has ended."""

DECISION_MOVES: Mapping[str, frozenset[str]] = {
    "proposed": frozenset({"done", "refused", "stale"}),
    "done": frozenset(),
    "refused": frozenset(),
    "stale": frozenset(),
}
"""*Stale*: what it rested on has changed since it was made, so nothing was done."""
