"""Which moves a top-up may make; there is no edge from doubt to refunding."""

from collections.abc import Mapping

TOPUP_MOVES: Mapping[str, frozenset[str]] = {
    "placed": frozenset({"paid", "expired"}),
    "paid": frozenset({"loading", "refunding"}),
    "loading": frozenset({"loaded", "in_doubt", "paid"}),
    "in_doubt": frozenset({"loaded", "paid"}),
    "refunding": frozenset({"refunded", "paid"}),
    "loaded": frozenset({"paid"}),
    "expired": frozenset(),
    "refunded": frozenset({"refunding"}),
}
"""*Loading*: a seal is out. *In doubt*: no proof came back; only the card itself ends it.
Back to *paid*: the card proved that nothing was loaded (from *loaded* only where two officers had
decided it and the card disproves them), or officers withdrew the refund because the channel cannot
do it. From *refunded* only where a bank sends back what it had paid."""

UNRESOLVED = frozenset({"loading", "in_doubt"})
