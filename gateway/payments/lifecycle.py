"""Which moves payments' rows may make; the trail and the database keep to it."""

from collections.abc import Mapping

PAYMENT_MOVES: Mapping[str, frozenset[str]] = {
    "prepared": frozenset({"offered", "confirmed", "contested", "closed"}),
    "offered": frozenset({"confirmed", "contested", "closed"}),
    "closed": frozenset({"confirmed", "contested"}),
    "contested": frozenset({"confirmed", "closed"}),
    "confirmed": frozenset(),
}
"""A channel's SUCCESS is a fact, so even a closed payment can still be confirmed, and nothing
leaves *confirmed*. *Contested* means that the evidence disagrees and people must look."""

REFUND_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"sent", "done", "abnormal"}),
    "sent": frozenset({"done", "abnormal"}),
    "abnormal": frozenset({"done", "asked", "withdrawn"}),
    "done": frozenset(),
    "withdrawn": frozenset(),
}
"""*Abnormal*: the channel could not give the money back by its route; it stays set aside until it
can, or until two officers decide: *asked* again under the same number, *done* on named evidence,
or *withdrawn*, which puts the money back to where it lay."""

NOTICE_MOVES: Mapping[str, frozenset[str]] = {
    "received": frozenset({"applied", "parked", "refused"}),
    "parked": frozenset({"applied", "dismissed"}),
    "applied": frozenset(),
    "refused": frozenset(),
    "dismissed": frozenset(),
}
"""*Refused* notices are stored as they came and never acted upon. *Parked* ones name an order we do
not know; *dismissed* means that two officers have found that we never will."""

BILL_MOVES: Mapping[str, frozenset[str]] = {
    "expected": frozenset({"stored", "quarantined", "nothing"}),
    "nothing": frozenset({"stored", "quarantined"}),
    "quarantined": frozenset({"stored", "nothing"}),
    "stored": frozenset({"changed"}),
    "changed": frozenset({"stored"}),
}
"""*Nothing*: the channel says that nothing was traded. *Quarantined*: its file is not a bill as we
know them. *Changed*: it gives another file for a day that was taken; people look, then *stored*."""

DISAGREEMENT_MOVES: Mapping[str, frozenset[str]] = {
    "open": frozenset({"explained"}),
    "explained": frozenset(),
}

DECISION_MOVES: Mapping[str, frozenset[str]] = {
    "proposed": frozenset({"done", "refused", "stale"}),
    "done": frozenset(),
    "refused": frozenset(),
    "stale": frozenset(),
}
"""*Stale*: the evidence has changed since the proposal was made, so nothing was done."""
