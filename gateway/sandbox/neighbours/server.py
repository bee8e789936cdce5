"""The HTTP server around a neighbour: its wire for merchants, its control plane for this machine.

A neighbour's __main__ hands its state, doors and control plane to `serve`.
"""

import argparse
import ipaddress
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol, TypeVar

from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.state import NeighbourState

PREFIX = "/_sandbox/"
_BODY_LIMIT_BYTES = 1 << 20
State = TypeVar("State", bound=NeighbourState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back. `breaks_after` bytes of the body are sent, None for all; 0 for not a word."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    breaks_after: int | None = None


SILENCE = Reply(status=0, breaks_after=0)


class Answering(Protocol):
    """Doors and control planes: a call in, a reply out."""

    def answer(self, call: Call) -> Reply:
        """The reply to one call."""
        ...


def answered(faults: Faults, kind: str, act: Callable[[], Reply]) -> Reply:
    """The reply of `act` to a request of this kind, with the connection's own faults laid over it.

    no_answer_before, slow_reply, no_answer and answer_truncated are every neighbour's.
    """
    if faults.take("no_answer_before", on=kind):
        return SILENCE
    reply = act()
    slow = faults.take("slow_reply", on=kind)
    if slow:
        time.sleep(float(slow.get("seconds", 6)))
    if faults.take("no_answer", on=kind):
        return SILENCE
    breaks = len(reply.body) // 2 if faults.take("answer_truncated", on=kind) else None
    return Reply(status=reply.status, headers=reply.headers, body=reply.body, breaks_after=breaks)


def serve(
    arguments: list[str],
    *,
    program: str,
    make_state: Callable[[Path], State],
    make_doors: Callable[[State], Answering],
    make_control_plane: Callable[[State], Answering],
) -> None:
    """Serve until killed; prints READY and the address: --port N --state-dir DIR [--host H]."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    chosen = parser.parse_args(arguments)
    state = make_state(chosen.state_dir)
    doors, control_plane = make_doors(state), make_control_plane(state)
    server = _Server((chosen.host, chosen.port), doors, control_plane)
    threading.Thread(target=state.run, daemon=True).start()
    sys.stdout.write(f"READY http://{chosen.host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


class _Server(ThreadingHTTPServer):
    """One thread a connection, one state for all."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, address: tuple[str, int], doors: Answering, control_plane: Answering
    ) -> None:
        self.doors = doors
        self.control_plane = control_plane
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "SandboxNeighbour"
    timeout = 30

    def do_GET(self) -> None:
        """A question."""
        self._serve()

    def do_POST(self) -> None:
        """A wish."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Quiet: the book tells what happened."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _BODY_LIMIT_BYTES:
            self._send(Reply(status=413, headers={"Connection": "close"}))
            return
        host = self.headers.get("Host", "")
        call = Call(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            base_url=f"http://{host}",
        )
        if not self.path.startswith(PREFIX):
            self._send(self.server.doors.answer(call))
        elif self._from_this_machine(host):
            self._send(self.server.control_plane.answer(call))
        else:
            self._send(Reply(status=403))

    def _from_this_machine(self, host: str) -> bool:
        name = host.rpartition(":")[0] or host
        local_name = name in ("127.0.0.1", "localhost", "[::1]")
        return local_name and ipaddress.ip_address(self.client_address[0]).is_loopback

    def _send(self, reply: Reply) -> None:
        try:
            self._write(reply)
        except ConnectionError:
            self.close_connection = True

    def _write(self, reply: Reply) -> None:
        if reply.status == 0:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.breaks_after is None:
            self.wfile.write(reply.body)
        else:
            self.wfile.write(reply.body[: reply.breaks_after])
            self.close_connection = True
