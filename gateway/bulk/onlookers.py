"""Rooms above that must hear, in its own transaction, of money that goes back to an enterprise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.bulk.models import BulkOrder

Onlooker = Callable[[BulkOrder, datetime], None]
_onlookers: dict[str, Onlooker] = {}


def welcome(name: str, onlooker: Onlooker) -> None:
    """Makes a room known; saying it again replaces what was said under this name."""
    _onlookers[name] = onlooker


def given_back(order: BulkOrder, *, now: datetime) -> None:
    """Tells every onlooker, the order's row locked; what one of them raises undoes the return."""
    for name in sorted(_onlookers):
        _onlookers[name](order, now)
