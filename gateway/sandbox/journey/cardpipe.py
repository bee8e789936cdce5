"""The card at the other end: the virtual one, or any program that answers APDUs line by line."""

from __future__ import annotations

import re
import shlex
import subprocess
from contextlib import suppress
from select import select
from time import monotonic
from typing import Protocol

from gateway.sandbox.virtual_card import VirtualCard

TORN = "TORN"
FIRST_ANSWER_SECONDS = 30.0
ANSWER_SECONDS = 15.0
STOP_SECONDS = 2
LONGEST_LINE = 4096
_CONTROL = frozenset({"RESET", "ARMED"})
_ANSWER = re.compile(r"(?:[0-9A-F]{2}){2,258}")


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
    """An outside program that speaks lines on its standard input and output.

    It may greet before its first answer; from then on every line answers a line of ours.
    """

    def __init__(
        self,
        command: str,
        *,
        first_seconds: float = FIRST_ANSWER_SECONDS,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._seconds, self._next_seconds = first_seconds, seconds
        self._kept = b""
        self._greeting = True
        try:
            self._program = subprocess.Popen(
                shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        except (OSError, ValueError, IndexError) as error:
            raise CardGone(f"the card program cannot be started: {command}") from error

    def line(self, text: str) -> str:
        """The program's answer in upper case.

        Raises CardGone when it ended, keeps silent for too long or says what no card says.
        """
        assert self._program.stdin is not None
        until = monotonic() + self._seconds
        control = text.startswith("!")
        try:
            self._program.stdin.write(f"{text}\n".encode())
        except OSError as broken:
            raise CardGone(f"the card program ended before {text}") from broken
        said = self._next(text, until)
        while not _is_answer(said, control=control):
            if not self._greeting:
                raise CardGone(f"the card program answers {text} with {said[:40]!r}")
            said = self._next(text, until, said)
        self._greeting, self._seconds = False, self._next_seconds
        return said

    def close(self) -> None:
        """Closes its input and waits; ends it when it does not go by itself."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        with suppress(OSError):
            self._program.stdin.close()
        self._program.stdout.close()
        try:
            self._program.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait(STOP_SECONDS)

    def _next(self, text: str, until: float, before: str = "") -> str:
        """The next line that is not blank."""
        assert self._program.stdout is not None
        while True:
            whole, newline, rest = self._kept.partition(b"\n")
            if newline:
                self._kept = rest
                if said := whole.decode("ascii", "replace").strip().upper():
                    return said
                continue
            if len(self._kept) > LONGEST_LINE:
                raise CardGone(f"the card program answers {text} with a line that does not end")
            if not select([self._program.stdout], [], [], max(0.0, until - monotonic()))[0]:
                told = f", only {before[:40]!r}" if before else ""
                raise CardGone(f"the card program does not answer {text}{told}")
            more = self._program.stdout.read(LONGEST_LINE)
            if not more:
                raise CardGone(f"the card program ended and did not answer {text}")
            self._kept += more


class CardGone(Exception):
    """The outside card program does not run, ended, or does not speak as a card does."""


def _is_answer(said: str, *, control: bool) -> bool:
    return said == TORN or _ANSWER.fullmatch(said) is not None or (control and said in _CONTROL)
