"""A few vault processes kept up, each asked by one thread at a time, replaced when it fails.

A question that finds too many before it is refused at once; one whose process died is asked once
more; one whose process gave no answer in time is given up, and the process with it.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nfc_topup.vault.errors import VaultBusy, VaultError, VaultPinRefused, VaultSilent
from nfc_topup.vault.pkcs11_wire import (
    PIN_SECRET,
    REPOSITORY,
    Line,
    LineEnded,
    TokenSettings,
    raise_refusal,
)

PROGRAM = "nfc_topup.vault.pkcs11_process"

_MILLION = 1_000_000
_KEPT_FROM_THEM = ("DATABASE_", "SECRET_")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many processes, how many questions may wait for one, and how long each step may take."""

    processes: int = 2
    waiting: int = 32
    wait_ms: int = 2_000
    answer_ms: int = 3_000
    start_ms: int = 10_000
    rest_ms: int = 1_000


class Pool:
    """Asks whichever process is free; VaultBusy, VaultSilent, or what the token refuses."""

    def __init__(
        self,
        settings: TokenSettings,
        limits: PoolLimits | None = None,
        *,
        may_write: bool = False,
    ) -> None:
        """Starts nothing yet: processes begin with the first questions. VaultMisconfigured."""
        self._settings = settings.unless_wrong()
        self._limits = limits or PoolLimits()
        self._may_write = may_write
        self._changed = threading.Condition()
        self._starting = threading.Lock()
        self._idle: list[VaultProcess] = []
        self._taken: set[VaultProcess] = set()
        self._up = 0
        self._waiting = 0
        self._refused: VaultError | None = None
        self._rest_until_ns = 0
        self._closed = False

    def ask(self, question: Mapping[str, Any]) -> Any:
        """The answer's value; asked a second time when the process died under the first."""
        try:
            return self._ask_once(question)
        except LineEnded:
            _log.warning("a vault process died; the question goes to another")
        try:
            return self._ask_once(question)
        except LineEnded as again:
            raise VaultSilent("vault processes die under this question") from again

    def pids(self) -> list[int]:
        """The processes that are up, for those who watch them."""
        with self._changed:
            return sorted(process.pid for process in (*self._idle, *self._taken))

    def close(self) -> None:
        """End every process; what is asked afterwards is refused."""
        with self._changed:
            self._closed = True
            ending, self._idle = [*self._idle, *self._taken], []
            self._changed.notify_all()
        for process in ending:
            process.end()

    def _ask_once(self, question: Mapping[str, Any]) -> Any:
        process = self._take()
        try:
            answer = process.ask(question, within_ms=self._limits.answer_ms)
        except TimeoutError as late:
            self._drop(process)
            _log.error("a vault process gave no answer in time and was ended")
            raise VaultSilent("no answer in time", within_ms=self._limits.answer_ms) from late
        except BaseException:
            self._drop(process)
            raise
        if answer.get("ending"):
            self._drop(process)
        else:
            self._give_back(process)
        raise_refusal(answer)
        return answer.get("value")

    def _take(self) -> VaultProcess:
        """A process of one's own for one question, started when there are fewer than may be.

        Where a start fails and others are up, the question waits for one of those.
        """
        until = time.monotonic_ns() + self._limits.wait_ms * _MILLION
        while True:
            process = self._idle_one(until)
            if process is not None:
                return process
            try:
                return self._start()
            except VaultError:
                with self._changed:
                    if not self._up:
                        raise

    def _idle_one(self, until: int) -> VaultProcess | None:
        """A process that is up, waited for; None, with its place taken, to have one started."""
        with self._changed:
            while True:
                if self._closed:
                    raise VaultSilent("the vault is closed")
                while self._idle:
                    process = self._idle.pop()
                    if process.is_up:
                        self._taken.add(process)
                        return process
                    process.end()
                    self._up -= 1
                resting = self._refused and time.monotonic_ns() < self._rest_until_ns
                if self._up < self._limits.processes and not (resting and self._up):
                    self._up += 1
                    return None
                self._wait(until)

    def _wait(self, until: int) -> None:
        left = until - time.monotonic_ns()
        if left <= 0 or self._waiting >= self._limits.waiting:
            raise VaultBusy("too many questions wait for the token", waiting=self._waiting)
        self._waiting += 1
        try:
            self._changed.wait(left / (1000 * _MILLION))
        finally:
            self._waiting -= 1

    def _start(self) -> VaultProcess:
        """One start at a time, and none for a while after one that failed."""
        try:
            with self._starting:
                if self._refused and time.monotonic_ns() < self._rest_until_ns:
                    raise type(self._refused)(self._refused.message, **self._refused.facts)
                process = self._started()
        except BaseException:
            self._one_less()
            raise
        with self._changed:
            self._taken.add(process)
        return process

    def _started(self) -> VaultProcess:
        try:
            process = VaultProcess(self._settings, may_write=self._may_write)
            process.begin(within_ms=self._limits.start_ms)
        except VaultError as refused:
            rest_ms = self._limits.rest_ms
            if isinstance(refused, VaultPinRefused):
                rest_ms = 365 * 24 * 3600 * 1000  # tried again, the token would lock
            self._refused = refused
            self._rest_until_ns = time.monotonic_ns() + rest_ms * _MILLION
            _log.error("no vault process: %s", refused)
            raise
        self._refused = None
        return process

    def _give_back(self, process: VaultProcess) -> None:
        with self._changed:
            self._taken.discard(process)
            if not self._closed:
                self._idle.append(process)
                self._changed.notify()
                return
        process.end()

    def _drop(self, process: VaultProcess) -> None:
        process.end()
        with self._changed:
            self._taken.discard(process)
        self._one_less()

    def _one_less(self) -> None:
        with self._changed:
            self._up -= 1
            self._changed.notify()


class VaultProcess:
    """One vault process and the line to it."""

    def __init__(self, settings: TokenSettings, *, may_write: bool) -> None:
        self._settings = settings
        self._may_write = may_write
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", PROGRAM, str(theirs.fileno())],
                cwd=REPOSITORY,
                env=_environment() | dict(settings.environment),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._line = Line(ours)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_up(self) -> bool:
        """Whether it has not died since it was asked last."""
        return self._process.poll() is None

    def begin(self, *, within_ms: int) -> None:
        """Have it log in; its refusal, or VaultSilent when it says nothing."""
        try:
            self._line.send(
                {
                    "module": self._settings.module,
                    "token": self._settings.token,
                    "session_key": self._settings.session_key,
                    "may_write": self._may_write,
                },
                within_ms=within_ms,
            )
            answer = self._line.receive(within_ms=within_ms)
            raise_refusal(answer)
        except (TimeoutError, LineEnded) as silent:
            self.end()
            raise VaultSilent("a vault process did not start", within_ms=within_ms) from silent
        except BaseException:
            self.end()
            raise

    def ask(self, question: Mapping[str, Any], *, within_ms: int) -> dict[str, Any]:
        """One question, one answer; TimeoutError, LineEnded."""
        self._line.send(question, within_ms=within_ms)
        return self._line.receive(within_ms=within_ms)

    def end(self) -> None:
        """End it whatever it does, and leave nothing behind."""
        self._line.close()
        self._process.kill()
        self._process.wait()


def _environment() -> dict[str, str]:
    """Ours, less the addresses and secrets that a vault process has no business with."""
    own = "SECRET_" + PIN_SECRET.upper().replace("-", "_")
    return {
        name: value
        for name, value in os.environ.items()
        if name == own or not name.startswith(_KEPT_FROM_THEM)
    }
