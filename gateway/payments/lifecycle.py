"""Which moves a payment, a refund and a notice may make; the trail and the database keep to it."""

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
    "abnormal": frozenset({"done"}),
    "done": frozenset(),
}
"""*Abnormal*: the channel could not give the money back by its route; it stays set aside."""

NOTICE_MOVES: Mapping[str, frozenset[str]] = {
    "received": frozenset({"applied", "parked", "refused"}),
    "parked": frozenset({"applied"}),
    "applied": frozenset(),
    "refused": frozenset(),
}
"""*Refused* notices are stored as they came and never acted upon."""
