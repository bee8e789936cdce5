"""Keeps a handful of child processes up together, and takes all of them down together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
LINES_OF_THE_DEAD = 25
PR_SET_PDEATHSIG = 1


class ChildFailed(Exception):
    """A child died, never became ready, or an act ended badly; the message names it."""


class Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that must stay up; `ready_url` answers 200 when it serves, None needs no wait."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A command that must end well before we go on; what it prints is shown."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Supervisor:
    """Starts children in groups of their own, watches them, and ends every group it started."""

    def __init__(self, *, logs: Path, cwd: Path) -> None:
        self.logs = logs
        self.cwd = cwd
        self.running: list[tuple[Child, subprocess.Popen[bytes]]] = []
        self._asked_to_stop = False

    def heed_signals(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP ask us to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def start(self, child: Child) -> None:
        """Start a child and wait until it serves. Raises ChildFailed or Stopped."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log_of(child).open("wb") as log:
            process = self._popen(child, log)
        self.running.append((child, process))
        deadline = time.monotonic() + READY_SECONDS
        while child.ready_url and not _answers(child.ready_url):
            self.check()
            if time.monotonic() > deadline:
                raise ChildFailed(self._obituary(child, f"did not serve at {child.ready_url}"))
            time.sleep(0.1)

    def do(self, act: Act) -> None:
        """Carry an act out to its end while the children are watched. Raises as `start` does."""
        process = self._popen(act, None)
        try:
            while process.poll() is None:
                self.check()
                time.sleep(0.05)
        finally:
            _end_group(process)
        if process.returncode != 0:
            raise ChildFailed(f"{act.name} ended with {process.returncode}")

    def watch(self) -> None:
        """Stay until a child dies (ChildFailed) or somebody asks us to stop (Stopped)."""
        while True:
            self.check()
            time.sleep(0.2)

    def check(self) -> None:
        """Raise Stopped when asked to, ChildFailed when a child is gone; else return at once."""
        if self._asked_to_stop:
            raise Stopped
        for child, process in self.running:
            if process.poll() is not None:
                raise ChildFailed(self._obituary(child, f"died with {process.returncode}"))

    def stop(self) -> None:
        """End every child, last started first, politely and then not."""
        while self.running:
            _, process = self.running.pop()
            _end_group(process)

    def log_of(self, child: Child) -> Path:
        """Where the child's words go."""
        return self.logs / f"{child.name}.log"

    def _popen(self, what: Child | Act, log: IO[bytes] | None) -> subprocess.Popen[bytes]:
        """Start a program in a group of its own; without a log it speaks where we speak."""
        return subprocess.Popen(
            list(what.command),
            cwd=self.cwd,
            env={**os.environ, **what.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )

    def _obituary(self, child: Child, what: str) -> str:
        log = self.log_of(child)
        last = log.read_text(errors="replace").splitlines()[-LINES_OF_THE_DEAD:]
        return "\n".join([f"{child.name} {what}. The end of {log}:", *last])

    def _ask_to_stop(self, number: int, _: object) -> None:
        self._asked_to_stop = True


_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """In the child: be asked to end when the supervisor itself is killed."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a child's whole process group: asked first, killed after STOP_SECONDS."""
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
