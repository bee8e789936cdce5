"""A customer before a reference kiosk: looks at the screen, lays cards, puts notes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox.reference_kiosk.cabinet import Cabinet
from gateway.sandbox.virtual_card import VirtualCard

LAID = frozenset({"idle", "problem", "doubt"})
MINE = frozenset({"choice", "cash", "amounts", "pay"})
SERVED = frozenset({"done", "doubt", "problem"})


@dataclass(slots=True, kw_only=True)
class Customer:
    """One card and the notes that shall go onto it; acts on what stands on the screen alone."""

    cabinet: Cabinet
    card: VirtualCard
    notes: list[int]
    press: Callable[[str], None]
    put_in: list[int] = field(default_factory=list)
    was_told: bool = False

    def act(self, screen: dict[str, Any]) -> None:
        """What one does on seeing this."""
        name, words = screen["name"], [one["word"] for one in screen["buttons"]]
        lies = self.cabinet.things.card
        if name in LAID and lies is None:
            self.cabinet.lay(self.card)
        elif name in MINE and lies is not self.card:
            return  # somebody else's: one waits until the machine is free
        elif name == "choice":
            orders = [word for word in words if word.startswith("order:")]
            if orders:
                self.press(orders[0])
            elif self.wants:
                self.press("cash")
            else:
                self.was_told = True
                self.press("finish")
                self.cabinet.lift()
        elif name == "cash":
            self._pay(words)
        elif name in SERVED:
            self.was_told = name == "done"
            self.cabinet.lift()
            if "finish" in words:
                self.press("finish")

    @property
    def wants(self) -> list[int]:
        """Notes still in the hand."""
        return self.notes[len(self.put_in) :]

    @property
    def is_content(self) -> bool:
        """All the notes are on the card, and the machine has said so."""
        full = self.card.state.balances["2"] == sum(self.notes)
        return full and not self.wants and self.was_told

    def _pay(self, words: list[str]) -> None:
        if self.wants and self.cabinet.insert(self.wants[0]):
            self.put_in.append(self.wants[0])
            self.was_told = False  # of this note, whatever was said of one before
        elif "load" in words:
            self.press("load")
        elif "cancel" in words and not self.wants:
            self.press("cancel")
