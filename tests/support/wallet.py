"""A sandbox neighbour as a process of its own, and a door that catches what it sends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.sandbox.neighbours.control import Neighbour
from tests.support.listening import listen

YES = b"success"
"""What the strictest neighbour takes for a yes; the others look at the status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One notice as the neighbour sent it."""

    path: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def neighbour_process(program_name: str, place: Path) -> Iterator[Neighbour]:
    """A running neighbour; killed at the end."""
    words = ["-m", program_name, "--port", "0", "--state-dir", str(place)]
    program = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        neighbour = Neighbour(program.stdout.readline().split()[1])
        neighbour.wait_until_ready()
        yield neighbour
    finally:
        program.kill()
        program.wait()


class Catcher:
    """Takes every push with 200 and keeps it, so that a test decides when it arrives."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        catcher = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                catcher.pushes.append(Push(path=self.path, headers=dict(self.headers), body=body))
                self.send_response(200)
                self.send_header("Content-Length", str(len(YES)))
                self.end_headers()
                self.wfile.write(YES)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        listen(self._server)

    def take(self) -> list[Push]:
        """What has come since the last call, in order."""
        taken, self.pushes = self.pushes, []
        return taken

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
