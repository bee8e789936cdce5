"""The kiosk's own page on loopback: what stands on the screen goes out, keys come in.

Nothing of it leaves the machine: it listens on 127.0.0.1 and answers only to that name, so that no
page of the outside can press a key.
"""

from __future__ import annotations

import json
import queue
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.sandbox.reference_kiosk.screens import READING, Screen

PAGE = Path(__file__).parent / "page"
FILES = {
    "/": ("kiosk.htm", "text/html; charset=utf-8"),
    "/kiosk.css": ("kiosk.css", "text/css; charset=utf-8"),
    "/kiosk.js": ("kiosk.js", "text/javascript; charset=utf-8"),
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:"
)
WAIT_SECONDS = 15.0
LONGEST = 4_096


class PageServer:
    """Holds the screen for whoever looks, and the keys for whoever serves."""

    def __init__(self, port: int = 0) -> None:
        self.keys: queue.Queue[tuple[str, str]] = queue.Queue()
        self._screen, self._language, self._version = READING, "zh", 1
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", port), _Door)
        self._server.page = self
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Takes it down."""
        self._server.shutdown()
        self._server.server_close()

    def show(self, screen: Screen) -> None:
        """This stands there now."""
        with self._changed:
            self._screen, self._version = screen, self._version + 1
            self._changed.notify_all()

    def speak(self, language: str) -> None:
        """In Chinese (zh) or English (en)."""
        with self._changed:
            self._language, self._version = language, self._version + 1
            self._changed.notify_all()

    def told(self, after: int) -> dict[str, Any]:
        """The screen, at once when it is newer than `after`, else as soon as it changes."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > after, timeout=WAIT_SECONDS)
            return {
                "version": self._version,
                "language": self._language,
                "screen": self._screen.told(self._language),
            }

    def pressed(self, word: str, value: str) -> None:
        """A key; the language is the page's own business."""
        if word == "language":
            self.speak("en" if self._language == "zh" else "zh")
        else:
            self.keys.put((word, value))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    page: PageServer


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The page's three files, and the screen."""
        where = urlsplit(self.path)
        if not self._is_ours():
            self._say(HTTPStatus.FORBIDDEN, b"", "text/plain")
        elif where.path in FILES:
            name, kind = FILES[where.path]
            self._say(HTTPStatus.OK, (PAGE / name).read_bytes(), kind)
        elif where.path == "/screen":
            after = parse_qs(where.query).get("after", ["0"])[0]
            told = self._page.told(int(after) if after.isdecimal() else 0)
            self._say(HTTPStatus.OK, json.dumps(told).encode(), "application/json")
        else:
            self._say(HTTPStatus.NOT_FOUND, b"", "text/plain")

    def do_POST(self) -> None:
        """A key that was pressed."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LONGEST))
        json_said = self.headers.get("Content-Type") == "application/json"
        if not self._is_ours() or not json_said or urlsplit(self.path).path != "/press":
            self._say(HTTPStatus.FORBIDDEN, b"", "text/plain")
            return
        said = json.loads(body)
        self._page.pressed(str(said["word"]), str(said.get("value", "")))
        self._say(HTTPStatus.OK, b"{}", "application/json")

    def log_message(self, *_: Any) -> None:
        """Keys are nobody's business."""

    @property
    def _page(self) -> PageServer:
        assert isinstance(self.server, _Server)
        return self.server.page

    def _is_ours(self) -> bool:
        here = f"127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        return self.headers.get("Host") == here and self.headers.get("Origin") in (
            None,
            f"http://{here}",
        )

    def _say(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
