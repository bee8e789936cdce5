"""The sandbox wallet as a process of its own, and a door that catches what it sends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from gateway.sandbox.wechat_wallet.control import Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One notice as the wallet sent it."""

    path: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def wallet_process(state_dir: Path) -> Iterator[Wallet]:
    """A running wallet; killed at the end."""
    program = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gateway.sandbox.wechat_wallet",
            "--port",
            "0",
            "--state-dir",
            str(state_dir),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        wallet = Wallet(program.stdout.readline().split()[1])
        wallet.wait_until_ready()
        yield wallet
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
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self) -> list[Push]:
        """What has come since the last call, in order."""
        taken, self.pushes = self.pushes, []
        return taken

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
