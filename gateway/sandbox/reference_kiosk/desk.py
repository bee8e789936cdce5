"""What counter and keepers may ask of the attendant they work for."""

from __future__ import annotations

from typing import Any, Protocol

from gateway.sandbox.reference_kiosk.machine import Inside
from gateway.sandbox.reference_kiosk.memory import Intake
from gateway.sandbox.reference_kiosk.screens import Screen
from gateway.sandbox.reference_kiosk.talking import Card


class Desk(Protocol):
    """The one place where a customer or a keeper is served."""

    inside: Inside
    screen: Screen
    card: Card | None
    order_id: str
    ask_at: float

    def show(self, screen: Screen) -> None:
        """What stands on the screen from now on."""

    def rest(self) -> None:
        """Back to the first screen."""

    def choose(self) -> None:
        """Looks at the card anew."""

    def carry(self, opened: dict[str, Any]) -> None:
        """Writes an opened load to the card."""

    def intake(self) -> Intake | None:
        """The slot that is open on the screen."""

    def touched(self) -> None:
        """Somebody is there."""

    def go_off(self) -> None:
        """Nothing new is begun before the next try."""
