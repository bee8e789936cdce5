"""The machine's hands: a card reader, a note acceptor that counts, a printer, a service lock.

The sandbox's cabinet lies behind a socket, since what is physical outlives kill -9. A note acceptor
of the trade keeps the count of what it stacked without power (ccTalk's event counter, ID-003's
power-up states); the kiosk asks for every event that its journal lacks.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import Any, Protocol

from gateway.sandbox.journey.cardpipe import TORN, CardPipe
from gateway.sandbox.journey.pcsc import PcscPipe, ReaderMissing
from gateway.sandbox.reference_kiosk.steps import Steps

SECONDS = 30.0


class CabinetSilent(Exception):
    """A device does not answer."""


class Reader(Protocol):
    """Where a card is laid."""

    def shown(self) -> int:
        """0 without a card; another number each time that a card is laid down."""

    def line(self, text: str) -> str:
        """An APDU in hex, its answer, TORN when the card left; `!reset` takes power off and on."""


class Cabinet:
    """The sandbox's cabinet over its socket: one JSON line each way. CabinetSilent."""

    def __init__(self, where: tuple[str, int], steps: Steps) -> None:
        self._where, self._steps = where, steps
        self._line: socket.socket | None = None
        self._kept = b""

    def shown(self) -> int:
        """0 without a card; another number each time that a card is laid down."""
        return int(self._ask("shown"))

    def line(self, text: str) -> str:
        """The card's answer; TORN when there is none."""
        self._steps.pass_(f"before the card's {text[:4]}")
        answer = str(self._ask("card", text=text))
        self._steps.pass_(f"after the card's {text[:4]}")
        return answer

    def let_fall(self, room_fen: int) -> None:
        """The acceptor takes notes up to so much; 0 closes it."""
        self._steps.pass_("before the acceptor is set")
        self._ask("room", fen=room_fen)
        self._steps.pass_("after the acceptor is set")

    def fallen(self, after: int) -> list[tuple[int, int]]:
        """Notes in the box with a count above `after`: (count, value in fen), in order."""
        return [(int(count), int(fen)) for count, fen in self._ask("fallen", after=after)]

    def print_(self, lines: list[str], code: str) -> None:
        """A slip of paper with text and a code to scan."""
        self._ask("print", lines=lines, code=code)

    def unlocked(self) -> bool:
        """Whether somebody turned the service lock."""
        return bool(self._ask("unlocked"))

    def _ask(self, what: str, **facts: Any) -> Any:
        try:
            if self._line is None:
                self._line = socket.create_connection(self._where, timeout=SECONDS)
                self._kept = b""
            self._line.sendall(json.dumps({"ask": what, **facts}).encode() + b"\n")
            return json.loads(self._answer())["said"]
        except (OSError, ValueError, KeyError) as error:
            self._line = None
            raise CabinetSilent(what) from error

    def _answer(self) -> bytes:
        assert self._line is not None
        while b"\n" not in self._kept:
            more = self._line.recv(65_536)
            if not more:
                raise OSError("the cabinet hung up")
            self._kept += more
        line, _, self._kept = self._kept.partition(b"\n")
        return line


class PcscReader:
    """A real reader (or the virtual one) through pcscd; see docs/card-reader.md."""

    def __init__(self, name: str, steps: Steps) -> None:
        self._name, self._steps = name, steps
        self._card: CardPipe | None = None
        self._shown = 0

    def shown(self) -> int:
        """A card is new when the reader had none, or the last one tore away."""
        if self._card is not None and self._card.line("00A40000") != TORN:
            return self._shown
        self._let_go()
        with suppress(ReaderMissing):
            self._card = PcscPipe(self._name, patience_seconds=0)
            self._shown += 1
        return self._shown if self._card is not None else 0

    def line(self, text: str) -> str:
        """The card's answer; TORN when there is none."""
        self._steps.pass_(f"before the card's {text[:4]}")
        answer = TORN
        if self._card is not None:
            with suppress(ReaderMissing):
                answer = self._card.line(text)
        self._steps.pass_(f"after the card's {text[:4]}")
        return answer

    def close(self) -> None:
        """Lets go of the card and of the reader."""
        self._let_go()

    def _let_go(self) -> None:
        if self._card is not None:
            self._card.close()
            self._card = None
