"""A line that fails: real sockets between a kiosk and the house, which cut, double and reorder."""

from __future__ import annotations

import random
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

FAULTS = ("cut_before", "cut_after", "doubled", "late", "slow")
SECONDS = 30.0
LATE_SECONDS = 0.4


class Proxy:
    """One kiosk's line. `rate` of its requests meet a fault; `down` cuts all of them."""

    def __init__(
        self, house: tuple[str, int], *, seed: int, rate: float, tell: Callable[[str], None]
    ) -> None:
        self.house, self.rate, self.down = house, rate, False
        self.met: Counter[str] = Counter()
        self._random, self._tell = random.Random(seed), tell
        self._lock = threading.Lock()
        self._late: list[threading.Thread] = []
        self._server = _Server(("127.0.0.1", 0), _Line)
        self._server.proxy = self
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True
        ).start()

    @property
    def where(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def close(self) -> None:
        """Waits for what is still on its way: nothing arrives after the day is counted."""
        for thread in self._late:
            thread.join(SECONDS)
        self._server.shutdown()
        self._server.server_close()

    def carry(self, request: bytes) -> bytes | None:
        """The answer that reaches the kiosk; None: the line broke."""
        fault = self._next()
        if fault:
            self._tell(fault)
        if fault in ("down", "cut_before"):
            return None
        if fault == "late":  # the kiosk hears nothing and says it again; this one comes after it
            thread = threading.Thread(target=self._deliver_late, args=(request,), daemon=True)
            self._late.append(thread)
            thread.start()
            return None
        if fault == "slow":
            time.sleep(LATE_SECONDS / 2)
        answer = self._ask(request)
        if fault == "doubled":
            answer = self._ask(request)
        return None if fault == "cut_after" else answer

    def _next(self) -> str:
        with self._lock:
            fault = "down" if self.down else ""
            if not fault and self._random.random() < self.rate:
                fault = self._random.choice(FAULTS)
            if fault:
                self.met[fault] += 1
            return fault

    def _deliver_late(self, request: bytes) -> None:
        time.sleep(LATE_SECONDS)
        with suppress(OSError):
            self._ask(request)

    def _ask(self, request: bytes) -> bytes:
        with socket.create_connection(self.house, timeout=SECONDS) as line:
            line.sendall(request)
            return _message(line, to_end=True)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    proxy: Proxy


class _Line(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        with suppress(OSError):
            self.request.settimeout(SECONDS)
            request = _message(self.request, to_end=False)
            answer = self.server.proxy.carry(request) if request else None
            if answer is not None:
                self.request.sendall(answer)


def _message(line: socket.socket, *, to_end: bool) -> bytes:
    """One HTTP message: by its length, or until the other side closes."""
    content = b""
    while True:
        head, separator, body = content.partition(b"\r\n\r\n")
        if separator and not to_end:
            lengths = [
                int(one.split(b":")[1])
                for one in head.split(b"\r\n")[1:]
                if one.lower().startswith(b"content-length")
            ]
            if len(body) >= (lengths[0] if lengths else 0):
                return content
        more = line.recv(65_536)
        if not more:
            return content
        content += more
