"""Rooms above that must hear, in a refund's own transaction, that money of a payment goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.payments.models import Refund

Onlooker = Callable[[Refund, datetime], None]
_onlookers: dict[str, Onlooker] = {}


def welcome(name: str, onlooker: Onlooker) -> None:
    """Makes a room known; saying it again replaces what was said under this name."""
    _onlookers[name] = onlooker


def refund_begun(refund: Refund, *, now: datetime) -> None:
    """Tells every onlooker; what one of them raises undoes the refund too."""
    for name in sorted(_onlookers):
        _onlookers[name](refund, now)
