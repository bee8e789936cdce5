"""A customer before a reference kiosk: looks at the screen, lays cards, puts notes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox.reference_kiosk.cabinet import Cabinet
from gateway.sandbox.virtual_card import VirtualCard

SERVED = frozenset({"done", "doubt", "problem"})


@dataclass(slots=True, kw_only=True)
class Customer:
    """One card and the notes that shall go onto it; acts on what stands on the screen alone."""

    cabinet: Cabinet
    card: VirtualCard
    notes: list[int]
    press: Callable[[str], None]
    put_in: list[int] = field(default_factory=list)
    patience: int = 60

    def act(self, screen: dict[str, Any]) -> None:
        """What one does on seeing this."""
        name, words = screen["name"], [one["word"] for one in screen["buttons"]]
        if name == "idle" and self.cabinet.things.card is None:
            self.cabinet.lay(self.card)
        elif name == "choice":
            orders = [word for word in words if word.startswith("order:")]
            if orders:
                self.press(orders[0])
            elif self.wants:
                self.press("cash")
            else:
                self.press("finish")
                self.cabinet.lift()
        elif name == "cash":
            self._pay(words)
        elif name in SERVED:
            self.cabinet.lift()
            if "finish" in words:
                self.press("finish")
        elif name == "idle" and self.patience:
            self.patience -= 1
            if self.patience % 10 == 0:
                self.cabinet.lift()

    @property
    def wants(self) -> list[int]:
        """Notes still in the hand."""
        return self.notes[len(self.put_in) :]

    @property
    def is_content(self) -> bool:
        """All the notes are on the card."""
        return not self.wants and self.card.state.balances["2"] == sum(self.notes)

    def _pay(self, words: list[str]) -> None:
        if self.wants and self.cabinet.insert(self.wants[0]):
            self.put_in.append(self.wants[0])
        elif "load" in words:
            self.press("load")
        elif "cancel" in words and not self.wants:
            self.press("cancel")
