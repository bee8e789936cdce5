"""Which moves namings, loss reports, departures and their parts may make."""

from collections.abc import Mapping

NAMING_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"confirmed"}),
    "confirmed": frozenset(),
}

LOSS_MOVES: Mapping[str, frozenset[str]] = {
    "reported": frozenset({"in_force", "lifted"}),
    "in_force": frozenset({"lifted", "settled"}),
    "lifted": frozenset(),
    "settled": frozenset(),
}
"""*In force*: what is ridden from now on is no longer the holder's. *Settled*: the balance has
left the card, which can never come back into use."""

DEPARTURE_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"waiting", "withdrawn"}),
    "waiting": frozenset({"moved", "settled", "withdrawn"}),
    "moved": frozenset({"proposed", "settled"}),
    "proposed": frozenset({"paying", "moved"}),
    "paying": frozenset({"settled", "moved"}),
    "settled": frozenset({"moved"}),
    "withdrawn": frozenset(),
}
"""A balance leaves a card. *Asked*: the card must still be handed in. *Waiting*: for offline trips.
*Moved*: a claim of the new card, or payable. *Proposed*: one officer says by which routes.
*Paying*: a second one agreed. Back to *moved*: a route failed, and its money waits again."""

PART_MOVES: Mapping[str, frozenset[str]] = {
    "planned": frozenset({"going", "dropped"}),
    "going": frozenset({"done", "failed"}),
    "done": frozenset({"failed"}),
    "failed": frozenset(),
    "dropped": frozenset(),
}
"""*Failed* after *done*: the bank sent it back."""

OVER = ("settled", "withdrawn")
