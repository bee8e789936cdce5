"""Runs the wallet: python -m gateway.sandbox.wechat_wallet --port N --state-dir DIR [--host H]."""

import argparse
import ipaddress
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.sandbox.wechat_wallet.control_plane import PREFIX, ControlPlane
from gateway.sandbox.wechat_wallet.doors import Call, Doors, Reply
from gateway.sandbox.wechat_wallet.wallet import WalletState

_BODY_LIMIT_BYTES = 1 << 20


class WalletServer(ThreadingHTTPServer):
    """One thread a connection, one state for all."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, state: WalletState) -> None:
        self.doors = Doors(state)
        self.control_plane = ControlPlane(state)
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: WalletServer
    protocol_version = "HTTP/1.1"
    server_version = "SandboxWallet"
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


def main(arguments: list[str]) -> None:
    """Serve until killed; prints one line when ready."""
    parser = argparse.ArgumentParser(prog="python -m gateway.sandbox.wechat_wallet")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    chosen = parser.parse_args(arguments)
    state = WalletState(chosen.state_dir)
    server = WalletServer(chosen.host, chosen.port, state)
    threading.Thread(target=state.run, daemon=True).start()
    sys.stdout.write(f"READY http://{chosen.host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
