"""Rooms above that must hear, in its own transaction, that a redemption begins to pay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.card_service.models import Departure

Onlooker = Callable[[Departure, datetime], None]
_onlookers: dict[str, Onlooker] = {}


def welcome(name: str, onlooker: Onlooker) -> None:
    """Makes a room known; saying it again replaces what was said under this name."""
    _onlookers[name] = onlooker


def redemption_pays(departure: Departure, *, now: datetime) -> None:
    """Tells every onlooker, the redemption's row locked; what one of them raises undoes it too."""
    for name in sorted(_onlookers):
        _onlookers[name](departure, now)
