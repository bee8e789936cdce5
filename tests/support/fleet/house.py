"""The real server processes of a fleet's day, on the tests' database, under the test clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from django.db import connections

from gateway.sandbox.postgres_cluster import free_port
from tests.house.source import ROOT

READY_SECONDS = 90


class TestClock:
    """A clock that everybody of the fleet reads from a file; it only goes forward."""

    __test__ = False

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ahead = timedelta()
        self.forward(timedelta())

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, by: timedelta) -> None:
        self.ahead += by
        new = self.file.with_suffix(".new")
        new.write_text(str(self.ahead.total_seconds()), encoding="ascii")
        new.replace(self.file)


@contextmanager
def serving(clock: TestClock, log: Path) -> Iterator[int]:
    """Two workers of the web process; gives their port."""
    port = free_port()
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    size = ["--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws"]
    environment = os.environ | {
        "DATABASE_URL": _url("default"),
        "FLEET_CLOCK": str(clock.file),
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*granian, *size, "tests.support.fleet.wsgi:application"],
            cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", process, log)
            yield int(port)
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers; the worker it would like to see is not part of this day
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def _url(alias: str) -> str:
    one = connections[alias].settings_dict
    who = f"{quote(one['USER'])}:{quote(one['PASSWORD'], safe='')}"
    return f"postgres://{who}@{quote(one['HOST'], safe='')}:{one['PORT'] or 5432}/{one['NAME']}"
