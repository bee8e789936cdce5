"""Servers of a test's own process: they hear in a thread, and end at once when they are to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler

ASKED_EVERY_SECONDS = 0.01
"""How often a server looks whether it is to end; its own half second would be waited for."""


def listen(server: BaseServer) -> None:
    """Serve in a thread until `server.shutdown()`."""
    patience = {"poll_interval": ASKED_EVERY_SECONDS}
    Thread(target=server.serve_forever, kwargs=patience, daemon=True).start()


@contextmanager
def house() -> Iterator[str]:
    """The house itself, served from this process; its address."""
    served = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    served.set_app(WSGIHandler())
    listen(served)
    yield f"http://127.0.0.1:{served.server_address[1]}"
    served.shutdown()
    served.server_close()
