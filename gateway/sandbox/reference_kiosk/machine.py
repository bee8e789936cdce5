"""The kiosk's inside put together: key, journal, memory, line and hands. All else works with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.sandbox.kiosks.client import new_key
from gateway.sandbox.reference_kiosk.devices import Cabinet, Reader
from gateway.sandbox.reference_kiosk.journal import Event, Journal
from gateway.sandbox.reference_kiosk.memory import Memory
from gateway.sandbox.reference_kiosk.steps import Steps
from gateway.sandbox.reference_kiosk.wire import Wire
from gateway.signatures import Algorithm, SigningKey

KEY = "key.pem"
ALGORITHM = Algorithm.ED25519
VERSION = "reference 1"


@dataclass(slots=True, kw_only=True)
class Inside:
    """One machine. `keep` is the only way by which memory changes."""

    directory: Path
    journal: Journal
    memory: Memory
    wire: Wire
    cabinet: Cabinet
    reader: Reader
    steps: Steps
    listed: set[str] = field(default_factory=set)

    def keep(self, kind: str, **facts: Any) -> Event:
        """Writes an event down, then takes it."""
        event = self.journal.append(kind, **facts)
        self.memory.take(event)
        return event

    def next_number(self) -> int:
        """The journal number of the next record."""
        return self.memory.last_number + 1


def put_together(
    *,
    directory: Path,
    origin: str,
    via: tuple[str, int] | None,
    cabinet: Cabinet,
    reader: Reader,
    steps: Steps,
    clock: Callable[[], datetime],
) -> Inside:
    """A machine as it was left, or a new one. JournalDamaged, JournalTaken."""
    journal = Journal(directory, steps)
    memory = Memory()
    for event in journal.events:
        memory.take(event)
    wire = Wire(
        origin=origin,
        via=via,
        key=_key(directory, memory),
        journal=journal,
        memory=memory,
        steps=steps,
        clock=clock,
    )
    return Inside(
        directory=directory,
        journal=journal,
        memory=memory,
        wire=wire,
        cabinet=cabinet,
        reader=reader,
        steps=steps,
    )


def fresh() -> str:
    """A new idempotency key."""
    return uuid4().hex


def _key(directory: Path, memory: Memory) -> SigningKey:
    """The machine's own key pair: made once, on the disk before anybody hears of it."""
    place = directory / KEY
    if not place.exists():
        new = directory / f"{KEY}.new"
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(handle, new_key(ALGORITHM).material)
        os.fsync(handle)
        os.close(handle)
        new.replace(place)
    name = memory.key_id or "new"
    return SigningKey(key_id=name, algorithm=ALGORITHM, material=place.read_bytes())
