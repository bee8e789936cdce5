"""The rooms that take money: payments tells them what was paid, and knows nothing else of them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.payments.models import Payment, Refund
from reserve_funds.ledger.values import Posting


class Patron(Protocol):
    """What a room that takes money answers; each call runs inside payments' transaction."""

    def payment_confirmed(self, payment: Payment, *, now: datetime) -> Posting | None:
        """Takes the money by a posting out of ``received``; None: not wanted, it goes back."""

    def payment_closed(self, payment: Payment, *, now: datetime) -> None:
        """Hears that this payment was closed unpaid."""

    def refund_done(self, refund: Refund, *, now: datetime) -> None:
        """Hears that a refund reached the payer."""

    def refund_withdrawn(self, refund: Refund, *, now: datetime) -> None:
        """Hears that a refund will not be done: its money lies again where it was taken from."""


_patrons: dict[str, Patron] = {}


def welcome(name: str, patron: Patron) -> None:
    """Makes a room known under the name that its payments carry."""
    _patrons[name] = patron


def of(name: str) -> Patron:
    """The room behind a payment; KeyError means that the room is not installed."""
    return _patrons[name]
