"""Keeps the queue alive: whatever dies or falls silent is killed whole and started anew.

The queue cannot be trusted to notice: one idle worker killed stops its cluster for ever. So every
part is a process group of its own, its tree is watched from outside, and nothing of it survives.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

_log = logging.getLogger("accounts.supervision")
_SETTLING_SECONDS = 60.0
_STILL_SECONDS = 1.0
_SHORT_LIFE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1

Tree = frozenset[tuple[int, float]]


@dataclass(slots=True, kw_only=True)
class Part:
    """One process group: how it is started, how many processes it has, and how it is doing.

    `tree` is its processes, once all were there unchanged for a second: imports run helpers.
    """

    name: str
    words: Sequence[str]
    processes: int
    started_at: float = 0.0
    start_after: float = 0.0
    short_lives: int = 0
    process: subprocess.Popen[bytes] | None = None
    tree: Tree = field(default_factory=frozenset)
    seen: Tree = field(default_factory=frozenset)
    seen_at: float = 0.0

    def start(self) -> None:
        """Start the group in a session of its own."""
        self.process = subprocess.Popen(self.words, start_new_session=True)
        self.started_at, self.tree, self.seen = time.monotonic(), frozenset(), frozenset()
        _log.info("%s started as group %d", self.name, self.process.pid)

    def trouble(self) -> str:
        """What is wrong with the group, empty when nothing is."""
        assert self.process is not None, "only a started part has troubles"
        if self.process.poll() is not None:
            return f"ended with {self.process.returncode}"
        alive = _tree_of(self.process.pid)
        if self.tree:
            return f"lost {len(self.tree - alive)} process(es)" if self.tree - alive else ""
        if alive != self.seen:
            self.seen, self.seen_at = alive, time.monotonic()
        elif len(alive) >= self.processes and time.monotonic() - self.seen_at > _STILL_SECONDS:
            self.tree = alive
        if not self.tree and time.monotonic() - self.started_at > _SETTLING_SECONDS:
            return f"has {len(alive)} of {self.processes} processes"
        return ""

    def kill(self) -> None:
        """Kill the whole group, and wait for its leader."""
        if self.process is None:
            return
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        lived = time.monotonic() - self.started_at
        self.short_lives = self.short_lives + 1 if lived < _SHORT_LIFE_SECONDS else 0
        pause = min(2.0 ** (self.short_lives - 1), _LONGEST_PAUSE_SECONDS)
        self.start_after = time.monotonic() + (pause if self.short_lives > 1 else 0.0)

    def ask_to_end(self) -> None:
        """Ask the leader alone: it lets its own finish what they are doing."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()


@dataclass(slots=True, kw_only=True)
class Crew:
    """All parts, watched until `stop` is asked for.

    `silent` names the parts that have given no sign of life for too long (by name, with the
    seconds since each started); it is asked every `ask_seconds`.
    """

    parts: list[Part]
    silent: Callable[[dict[str, float]], set[str]]
    watch_seconds: float = 0.25
    ask_seconds: float = 10.0
    end_seconds: float = 25.0
    stopping: bool = False

    def run(self) -> None:
        """Keep every part alive until stopped, then let them finish and kill what remains."""
        ask_at = time.monotonic() + self.ask_seconds
        try:
            while not self.stopping:
                for part in self.parts:
                    self._look_after(part)
                if time.monotonic() >= ask_at:
                    self._wake_the_silent()
                    ask_at = time.monotonic() + self.ask_seconds
                time.sleep(self.watch_seconds)
        finally:
            self._end()

    def stop(self) -> None:
        """Have `run` end; safe to call from a signal handler."""
        self.stopping = True

    def _look_after(self, part: Part) -> None:
        if part.process is None:
            if time.monotonic() >= part.start_after:
                part.start()
        elif trouble := part.trouble():
            _log.error("%s %s: the group is killed and started anew", part.name, trouble)
            part.kill()

    def _wake_the_silent(self) -> None:
        moment = time.monotonic()
        ages = {part.name: moment - part.started_at for part in self.parts if part.process}
        for name in self.silent(ages):
            for part in self.parts:
                if part.name == name:
                    _log.error("%s fell silent: the group is killed and started anew", name)
                    part.kill()

    def _end(self) -> None:
        for part in self.parts:
            part.ask_to_end()
        until = time.monotonic() + self.end_seconds
        for part in self.parts:
            if part.process is not None:
                try:
                    part.process.wait(max(0.0, until - time.monotonic()))
                except subprocess.TimeoutExpired:
                    _log.error("%s did not end in time and is killed", part.name)
            part.kill()


def die_with_parent(parent_pid: int) -> None:
    """Have this process and all it forks be killed when the one that made it dies (Linux).

    `parent_pid` is who made it; when that one is gone already, this process ends at once.
    """
    if not sys.platform.startswith("linux"):
        return
    _ask_for_death_signal()
    os.register_at_fork(after_in_child=_ask_for_death_signal)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def _ask_for_death_signal() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _tree_of(pid: int) -> Tree:
    """The living processes of a group's leader, itself included; a pid used again is another."""
    try:
        leader = psutil.Process(pid)
        found = [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return frozenset()
    return frozenset(who for process in found if (who := _who(process)) is not None)


def _who(process: psutil.Process) -> tuple[int, float] | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.pid, process.create_time()
    except psutil.NoSuchProcess:
        return None


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        _log.debug("group %d is gone already", pid)
