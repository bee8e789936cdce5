"""A reference kiosk for a test: the house on a port, a cabinet, and two officers' code."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler

from tests.support.province import Province
from tests.support.reference_kiosk import Place


@pytest.fixture(scope="package")
def house(django_db_setup: None) -> Iterator[str]:
    """The house served from this process; its address."""
    served = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    served.set_app(WSGIHandler())
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_address[1]}"
    served.shutdown()
    served.server_close()


@pytest.fixture
def place(province: Province, house: str, tmp_path: Path) -> Iterator[Place]:
    """A place for a kiosk: entered by two officers, with quota, not yet enrolled."""
    made = Place.new(province, url=house, directory=tmp_path / "kiosk", quota_fen=1_000_000)
    yield made
    made.cabinet.close()
