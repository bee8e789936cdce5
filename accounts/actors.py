"""Who acts: the name that every step in the trail is written under."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = frozenset({"citizen", "officer", "kiosk", "channel", "provider", "worker", "system"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A kind and an identifier of ours (a person's id, a kiosk's id, a channel's name).

    Never a phone number or a card number: actors are written into the trail as they are.
    """

    kind: str
    id: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such kind of actor: {self.kind}")
        if not 1 <= len(self.id) <= 64 or not self.id.isprintable() or " " in self.id:
            raise ValueError("an actor's id is 1 to 64 printable characters without blanks")

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def parse(text: str) -> Actor:
    """The actor written as `kind:id` by str(); ValueError for anything else."""
    kind, _, own_id = text.partition(":")
    return Actor(kind=kind, id=own_id)


SYSTEM = Actor(kind="system", id="system")
WORKER = Actor(kind="worker", id="worker")
