"""A reference kiosk in a process of its own, led step by step from a test, and killed by SIGKILL.

The process is forked from a clean one that never saw Django, so that a start costs milliseconds.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from gateway.sandbox.reference_kiosk.__main__ import build, parser
from gateway.sandbox.reference_kiosk.screens import READING, Screen
from gateway.sandbox.reference_kiosk.steps import Steps

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.support.kiosk_process"])
SECONDS = 60


class Killed(Exception):
    """The kiosk died, as it was told to."""


class KioskProcess:
    """One run of the machine, from its start to its death."""

    def __init__(self, words: Sequence[str], *, dies_at: int = 0) -> None:
        self._here, there = _FORKS.Pipe()
        self._process = _FORKS.Process(target=_live, args=(there, list(words), dies_at))
        self._process.start()
        there.close()
        self.screen: dict[str, Any] = {}
        self._hear()

    def press(self, word: str, value: str = "") -> None:
        self._say(("press", word, value))

    def tick(self) -> None:
        self._say(("tick", "", ""))

    def steps(self) -> list[str]:
        """The names of all steps that were passed."""
        self._here.send(("steps", "", ""))
        names: list[str] = self._here.recv()
        return names

    def end(self) -> None:
        self._process.kill()
        self._process.join(SECONDS)
        self._here.close()

    def _say(self, said: tuple[str, str, str]) -> None:
        try:
            self._here.send(said)
        except OSError as gone:
            raise Killed from gone
        self._hear()

    def _hear(self) -> None:
        try:
            assert self._here.poll(SECONDS), "the kiosk hangs"
            self.screen = self._here.recv()
        except (EOFError, OSError) as gone:
            self._process.join(SECONDS)
            assert self._process.exitcode == -9, f"it ended with {self._process.exitcode}"
            raise Killed from gone


def _live(line: Connection, words: list[str], dies_at: int) -> None:
    shown: list[Screen] = [READING]
    steps = Steps(dies_at=dies_at)
    attendant = build(parser().parse_args(words), steps, shown.append)
    attendant.start()
    while True:
        line.send(shown[-1].told("zh"))
        act, word, value = line.recv()
        while act == "steps":
            line.send(steps.names)
            act, word, value = line.recv()
        if act == "press":
            attendant.press(word, value)
        else:
            attendant.tick()
