"""The kiosk's journal: an append-only file of JSON lines that outlives kill -9 and pulled plugs.

Each line carries a chained checksum, so that a line that was changed, lost or put in is found.
Only the last line may be half written: it never counted, and is cut off when the file is opened.
What is appended is on the disk before `append` returns.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.sandbox.reference_kiosk.steps import Steps

NAME = "journal.jsonl"
_SUM = 32

Event = dict[str, Any]


class JournalDamaged(Exception):
    """A line before the last one is not what was written: people must look at this machine."""


class JournalTaken(Exception):
    """Another process works on this journal."""


class Journal:
    """The one writer of a journal. `events` are what it held when it was opened."""

    def __init__(self, directory: Path, steps: Steps) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._steps = steps
        self._file = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            os.close(self._file)
            raise JournalTaken(str(directory)) from taken
        self._sum = ""
        self.events = list(self._read())
        _sync_directory(directory)

    def append(self, kind: str, **facts: Any) -> Event:
        """Writes one event and waits for the disk."""
        event = {"kind": kind, **facts}
        text, sum_ = _line(self._sum, event)
        half = len(text) // 2
        self._steps.pass_(f"before the journal's {kind}")
        os.write(self._file, text[:half])
        self._steps.pass_(f"half way through the journal's {kind}")
        os.write(self._file, text[half:])
        os.fsync(self._file)
        self._sum = sum_
        self._steps.pass_(f"after the journal's {kind}")
        return event

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def _read(self) -> Iterator[Event]:
        with open(self._file, "rb", closefd=False) as file:
            whole = file.read()
        at = 0
        while at < len(whole):
            end = whole.find(b"\n", at)
            if end < 0:
                os.ftruncate(self._file, at)
                os.fsync(self._file)
                return
            yield self._checked(whole[at:end])
            at = end + 1

    def _checked(self, line: bytes) -> Event:
        try:
            event: Event = json.loads(line[_SUM + 1 :])
        except ValueError as unreadable:
            raise JournalDamaged("a line is no JSON") from unreadable
        text, sum_ = _line(self._sum, event)
        if text != line + b"\n":
            raise JournalDamaged(f"the checksum of {event.get('kind', '?')} is another")
        self._sum = sum_
        return event


def _line(before: str, event: Event) -> tuple[bytes, str]:
    text = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sum_ = hashlib.sha256(f"{before}{text}".encode()).hexdigest()[:_SUM]
    return f"{sum_} {text}\n".encode(), sum_


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
