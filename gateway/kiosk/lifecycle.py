"""Which moves the rows of a kiosk may make: data for Python and for the database."""

from __future__ import annotations

from collections.abc import Mapping

ENROLMENT_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"approved", "refused"}),
    "approved": frozenset({"used", "withdrawn"}),
    "used": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
}
KEY_MOVES: Mapping[str, frozenset[str]] = {
    "incoming": frozenset({"active", "retired"}),
    "active": frozenset({"retired"}),
    "retired": frozenset(),
}
"""*Incoming*: brought, and not yet signed with. *Active*: the one that works."""

SESSION_MOVES: Mapping[str, frozenset[str]] = {"on": frozenset({"off"}), "off": frozenset()}
BOX_MOVES: Mapping[str, frozenset[str]] = {
    "in_kiosk": frozenset({"removed"}),
    "removed": frozenset({"counted"}),
    "counted": frozenset({"banked"}),
    "banked": frozenset({"counted"}),
}
"""*Banked*: the bank's lines cover what was booked into the box; a line taken back undoes it."""

INTAKE_MOVES: Mapping[str, frozenset[str]] = {
    "open": frozenset({"ordered", "ended", "kept"}),
    "kept": frozenset({"ordered", "returned"}),
    "ended": frozenset({"kept"}),
    "ordered": frozenset(),
    "returned": frozenset(),
}
"""*Ended*: nothing fell. *Kept*: money fell that could not become an order; people are told, and
it becomes one as soon as it can. *Returned*: two officers gave it back first."""

COUNT_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"booked", "refused"}),
    "booked": frozenset(),
    "refused": frozenset(),
}
SETTLEMENT_MOVES: Mapping[str, frozenset[str]] = {
    "differs": frozenset({"agreed", "ended"}),
    "agreed": frozenset(),
    "ended": frozenset({"agreed"}),
}
"""*Ended*: two officers ended it as it stands; both sides may still come to agree."""

COUNTER_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"active", "refused"}),
    "active": frozenset({"retired"}),
    "refused": frozenset(),
    "retired": frozenset(),
}
CLAIM_MOVES: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"due", "loaded", "ordered", "paying", "paid_out"}),
    "due": frozenset({"loaded", "paying", "paid_out"}),
    "loaded": frozenset({"waiting"}),
    "paying": frozenset({"paid_out"}),
    "paid_out": frozenset({"paying"}),
    "ordered": frozenset(),
}
"""What cash may still claim. *Due*: its time is over and people are told; any kiosk still loads
it. *Paying*: two officers gave it back over the bank, which has not shown it yet, or sent it back
after it was *paid out*. *Ordered*: kept cash became an order after all, which claims for itself."""

PAYOUT_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"done", "refused"}),
    "done": frozenset(),
    "refused": frozenset(),
}
