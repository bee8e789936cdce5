"""The banks and their SFTP server: a real sshd, once a run."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.sandbox import sftp_server
from gateway.sandbox.postgres_cluster import free_port
from tests.gateway.bank_line.scene import Scene
from tests.support.stage import neighbours, put_off_what_is_owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sshd:
    """The running server: where its banks lay out files, and its port."""

    home: Path
    port: int


@pytest.fixture(scope="session")
def banks(tmp_path_factory):
    """Banks apart from the stage's: their clocks are turned on."""
    with neighbours(tmp_path_factory) as give:
        yield give


@pytest.fixture(scope="session")
def sshd():
    """Outside pytest's own folders, which are closed to the user that root's sshd runs as."""
    home = Path(tempfile.mkdtemp(prefix="bank-sftp-"))
    port = int(free_port())
    sftp_server.prepare(home)
    words = ["-m", "gateway.sandbox.sftp_server", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield Sshd(home=home, port=port)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(home)


@pytest.fixture
def channel():
    """The bank of this test's scene; a test that names others parametrizes over it."""
    return "bank_rfc9421"


@pytest.fixture
def scene(request, lasting_db, banks, channel, tmp_path, monkeypatch):
    """Nothing is due yet: a sweep of this test's does not meet what earlier ones left behind.

    Its accounts were opened three days ago, or as many as the parameter tells.
    """
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path / "kept"))
    put_off_what_is_owed()
    bank, place = banks(channel)
    bank.behave()
    days = request.param() if hasattr(request, "param") else 3
    return Scene(channel=channel, bank=bank, place=place, days=days)


def _wait(port, process):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        assert process.poll() is None, "sshd did not start: has script/sshd been run?"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("sshd does not answer")
