"""The card at the other end: the virtual one, or any program that answers APDUs line by line."""

from __future__ import annotations

import shlex
import subprocess
from contextlib import suppress
from typing import Protocol

from gateway.sandbox.virtual_card import VirtualCard

TORN = "TORN"
STOP_SECONDS = 5


class CardPipe(Protocol):
    """One APDU in hex in, data and status word in hex out, ``TORN`` for power lost."""

    def line(self, text: str) -> str:
        """Sends one line, an APDU or a control line, and gives the card's answer."""

    def close(self) -> None:
        """Lets go of the card."""


class VirtualPipe:
    """The virtual card in this process."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card

    def line(self, text: str) -> str:
        """The virtual card's answer."""
        return self._card.line(text)

    def close(self) -> None:
        """Nothing to let go of."""


class CommandPipe:
    """An outside program that speaks lines on its standard input and output."""

    def __init__(self, command: str) -> None:
        self._command = command
        try:
            self._program = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
            )
        except OSError as error:
            raise CardGone(command) from error

    def line(self, text: str) -> str:
        """The program's answer. Raises CardGone when it ended."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        try:
            self._program.stdin.write(text + "\n")
            self._program.stdin.flush()
        except BrokenPipeError as broken:
            raise CardGone(self._command) from broken
        answer = self._program.stdout.readline()
        if not answer:
            raise CardGone(self._command)
        return answer.strip().upper()

    def close(self) -> None:
        """Closes its input and waits; ends it when it does not go by itself."""
        assert self._program.stdin is not None
        with suppress(BrokenPipeError):
            self._program.stdin.close()
        try:
            self._program.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait(STOP_SECONDS)


class CardGone(Exception):
    """The outside card program does not run, or ended in the middle of the talk."""

    def __init__(self, command: str) -> None:
        super().__init__(f"the card program does not answer: {command}")
