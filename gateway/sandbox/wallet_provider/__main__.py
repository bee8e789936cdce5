"""Runs the phone wallet: python -m gateway.sandbox.wallet_provider --port N --state-dir DIR
--gateway URL. Its control plane is under /_sandbox/ and for this machine alone."""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gateway.sandbox.wallet_provider.phone import OrderForged
from gateway.sandbox.wallet_provider.provider import FAULTS, KEY_ID, Provider

PREFIX = "/_sandbox/"
_BODY_LIMIT_BYTES = 1 << 20


class ProviderServer(ThreadingHTTPServer):
    """One thread a connection; one conversation with the card at a time."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, provider: Provider) -> None:
        self.provider = provider
        self.acts: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "health": lambda _: {"ok": True, "faults": dict(FAULTS)},
            "card": self._card,
            "issue": self._issue,
            "recharge": self._recharge,
            "show": lambda asked: provider.show(asked["order_no"]),
            "order": lambda asked: provider.order(asked["order_no"]),
            "tap": lambda asked: {"answer": provider.phone.chip.line(asked["line"])},
        }
        super().__init__((host, port), _Handler)

    def _card(self, _: dict[str, Any]) -> dict[str, Any]:
        state = self.provider.phone.chip.state
        return {"asn": state.asn, "balance_fen": state.balances["2"], "counter": state.counter}

    def _issue(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.provider.phone.issue(asked["asn"], asked["keys"])
        return self._card({})

    def _recharge(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self.provider.recharge(
            asked["call"],
            faults=asked.get("faults", ()),
            tear=asked.get("tear", ""),
            by_values=bool(asked.get("by_values")),
        )


class _Handler(BaseHTTPRequestHandler):
    server: ProviderServer
    protocol_version = "HTTP/1.1"
    server_version = "SandboxPhone"
    timeout = 60

    def do_GET(self) -> None:
        """A question."""
        self._serve()

    def do_POST(self) -> None:
        """A wish."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Quiet: answers tell what happened."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _BODY_LIMIT_BYTES:
            self._send(413, {"code": "TOO_LARGE"})
            return
        body = self.rfile.read(int(length))
        act = self.server.acts.get(self.path.removeprefix(PREFIX))
        if act is None or not ipaddress.ip_address(self.client_address[0]).is_loopback:
            self._send(404, {"code": "NO_SUCH_CONTROL"})
            return
        try:
            with self.server.provider.lock:
                self._send(200, act(json.loads(body) if body else {}))
        except OrderForged as forged:
            self._send(403, {"code": "ORDER_FORGED", "message": str(forged)})
        except (KeyError, TypeError, ValueError, OSError) as wrong:
            self._send(400, {"code": "BAD_CONTROL", "message": repr(wrong)})

    def _send(self, status: int, words: dict[str, Any]) -> None:
        content = json.dumps(words).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main(arguments: list[str]) -> None:
    """Serve until killed; prints one line when ready."""
    parser = argparse.ArgumentParser(prog="python -m gateway.sandbox.wallet_provider")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--gateway", required=True, help="the gateway's address")
    parser.add_argument("--key-id", default=KEY_ID, help="under which its key is registered")
    parser.add_argument("--host", default="127.0.0.1")
    chosen = parser.parse_args(arguments)
    provider = Provider(chosen.state_dir, chosen.gateway, chosen.key_id)
    server = ProviderServer(chosen.host, chosen.port, provider)
    sys.stdout.write(f"READY http://{chosen.host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
