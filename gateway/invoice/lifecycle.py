"""Which moves invoices and red invoices may make; the trail and the database keep to it."""

from collections.abc import Mapping

INVOICE_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"sent", "withdrawn"}),
    "sent": frozenset({"issued", "refused", "reversing"}),
    "issued": frozenset({"reversing"}),
    "reversing": frozenset({"reversed", "withdrawn"}),
    "refused": frozenset(),
    "reversed": frozenset(),
    "withdrawn": frozenset(),
}
"""*Sent* is committed before the first call, so that from there on only the office knows: it is
asked by the invoice's number until it tells. *Reversing*: money of the order went back, so the
invoice counts no more, whatever the office has made of it. *Withdrawn*: it surely never was."""

RED_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"sent"}),
    "sent": frozenset({"issued", "waiting", "refused"}),
    "waiting": frozenset({"issued", "refused"}),
    "refused": frozenset({"asked"}),
    "issued": frozenset(),
}
"""*Waiting*: the buyer has booked the invoice, and must confirm its reversal at the tax office.
*Refused*: it is asked for again under a new number, by schedule; in the end people look."""

DECISION_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"done", "refused"}),
    "done": frozenset(),
    "refused": frozenset(),
}
"""What one officer says of an invoice in doubt, until a second one has agreed or not."""

LIVE = ("asked", "sent", "issued", "reversing")
"""An order has at most one invoice in these states."""

VALID = ("asked", "sent", "issued")
"""What counts, or may come to count, as the order's invoice."""
