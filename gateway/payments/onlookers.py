"""Rooms above that must hear, in a refund's own transaction, that it begins or is withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.payments.models import Refund

Onlooker = Callable[[Refund, datetime], None]
_onlookers: dict[str, Onlooker] = {}
_of_withdrawals: dict[str, Onlooker] = {}


def welcome(name: str, onlooker: Onlooker, *, withdrawn: Onlooker | None = None) -> None:
    """Makes a room known; saying it again replaces what was said under this name.

    `withdrawn` hears of refunds that will not be done after all.
    """
    _onlookers[name] = onlooker
    if withdrawn is not None:
        _of_withdrawals[name] = withdrawn


def refund_begun(refund: Refund, *, now: datetime) -> None:
    """Tells every onlooker; what one of them raises undoes the refund too."""
    for name in sorted(_onlookers):
        _onlookers[name](refund, now)


def refund_withdrawn(refund: Refund, *, now: datetime) -> None:
    """The same of a refund that will not be done: the payer's money stays, or goes another way.

    The payment's row is locked, and says already that less goes back.
    """
    for name in sorted(_of_withdrawals):
        _of_withdrawals[name](refund, now)
