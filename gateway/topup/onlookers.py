"""Rooms above that must hear, in its own transaction, that a card disproved its load."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.topup.models import TopUp

Onlooker = Callable[[TopUp, datetime], None]
_onlookers: dict[str, Onlooker] = {}


def welcome(name: str, onlooker: Onlooker) -> None:
    """Makes a room known; saying it again replaces what was said under this name."""
    _onlookers[name] = onlooker


def not_on_its_card(topup: TopUp, *, now: datetime) -> None:
    """Tells every onlooker, the top-up's row locked: it was loaded, and its money waits again."""
    for name in sorted(_onlookers):
        _onlookers[name](topup, now)
