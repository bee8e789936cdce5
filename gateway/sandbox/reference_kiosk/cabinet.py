"""What is physical of a sandbox's kiosk: card on the reader, notes in the box, paper, service lock.

`python -m gateway.sandbox.reference_kiosk.cabinet` keeps one beside a kiosk; tests keep theirs in
their own process. It answers JSON lines on loopback and knows nothing of money or of the house.
"""

from __future__ import annotations

import json
import socketserver
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.sandbox.virtual_card import RESET, TORN, VirtualCard

NOTES_FEN = (1_000, 2_000, 5_000, 10_000)


@dataclass(slots=True, kw_only=True)
class Things:
    """The things themselves. `stacked` never shrinks: the acceptor's own count of notes."""

    card: VirtualCard | None = None
    shown: int = 0
    room_fen: int = 0
    stacked: list[int] = field(default_factory=list)
    slips: list[tuple[list[str], str]] = field(default_factory=list)
    unlocked: bool = False
    tears: dict[str, str] = field(default_factory=dict)
    """When a command beginning so comes: `!tear-before`, `!tear-after`; once each."""


class Cabinet:
    """One cabinet on a port of loopback, and the hands of whoever stands before it."""

    def __init__(self, port: int = 0, *, file: Path | None = None) -> None:
        self.things = Things()
        self._lock = threading.RLock()
        self._file = file
        if file is not None and file.exists():
            self.things.stacked = json.loads(file.read_text(encoding="utf-8"))
        self._server = _Server(("127.0.0.1", port), _Talk)
        self._server.cabinet = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def where(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Takes it down."""
        self._server.shutdown()
        self._server.server_close()

    def lay(self, card: VirtualCard) -> None:
        """A card is laid on the reader."""
        with self._lock:
            card.line("!reset")
            self.things.card = card
            self.things.shown = time.monotonic_ns()

    def lift(self) -> VirtualCard | None:
        """The card is taken away."""
        with self._lock:
            card, self.things.card = self.things.card, None
            self.things.shown = 0
            if card is not None:
                card.line("!reset")
            return card

    def tear_at(self, begins: str, how: str) -> None:
        """The next command that begins so meets a card that leaves (`!tear-before`, `-after`)."""
        self.things.tears[begins] = how

    def insert(self, value_fen: int) -> bool:
        """A note is put in; False when the acceptor gives it back."""
        with self._lock:
            if value_fen not in NOTES_FEN or value_fen > self.things.room_fen:
                return False
            self.things.room_fen -= value_fen
            self.things.stacked.append(value_fen)
            if self._file is not None:
                self._file.write_text(json.dumps(self.things.stacked), encoding="utf-8")
            return True

    def answer(self, said: dict[str, Any]) -> Any:
        """What the devices say to the kiosk."""
        with self._lock:
            return getattr(self, f"_{said.pop('ask')}")(**said)

    def _shown(self) -> int:
        return self.things.shown

    def _card(self, text: str) -> str:
        card = self.things.card
        if card is None:
            return RESET if text.startswith("!") else TORN
        for begins, how in list(self.things.tears.items()):
            if text.startswith(begins):
                del self.things.tears[begins]
                card.line(how)
        answer = card.line(text)
        if answer == TORN:
            self.lift()
        return answer

    def _room(self, fen: int) -> None:
        self.things.room_fen = fen

    def _fallen(self, after: int) -> list[tuple[int, int]]:
        return list(enumerate(self.things.stacked, start=1))[after:]

    def _print(self, lines: list[str], code: str) -> None:
        self.things.slips.append((lines, code))

    def _unlocked(self) -> bool:
        return self.things.unlocked

    def _insert(self, fen: int) -> bool:
        return self.insert(fen)

    def _lock_turned(self, on: bool) -> None:
        self.things.unlocked = on


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    cabinet: Cabinet


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """One line, one answer, until the kiosk hangs up or dies."""
        assert isinstance(self.server, _Server)
        try:
            for line in self.rfile:
                said = self.server.cabinet.answer(json.loads(line))
                self.wfile.write(json.dumps({"said": said}).encode() + b"\n")
        except ConnectionError:
            return
