"""Which moves an order of an enterprise may make, and what is asked back of it."""

from collections.abc import Mapping

ORDER_MOVES: Mapping[str, frozenset[str]] = {
    "drafted": frozenset({"asked", "withdrawn"}),
    "asked": frozenset({"approved", "refused", "lapsed"}),
    "approved": frozenset({"shared", "lapsed"}),
    "shared": frozenset(),
    "lapsed": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
}
"""*Approved*: waits for the money. *Shared*: each has their claim, and its top-up tells the rest.
*Lapsed*: nobody decided, or the money did not come in full and in time; what came goes back."""

RETURN_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"agreed", "refused", "lapsed"}),
    "agreed": frozenset(),
    "refused": frozenset(),
    "lapsed": frozenset(),
}
"""*Asked*: its claims rest, so that what is approved is what there is. Refused or lapsed, they can
be loaded again. *Agreed*: its parts tell the rest."""

PART_MOVES: Mapping[str, frozenset[str]] = {
    "planned": frozenset({"going"}),
    "going": frozenset({"done", "stopped"}),
    "stopped": frozenset({"going"}),
    "done": frozenset({"stopped"}),
}
"""One way back: a refund over the channel or a payment by the bank. *Stopped*: the bank was not
told or could not pay; its money lies in 在途退款 until officers send it again."""
