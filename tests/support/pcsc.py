"""A real pcscd with a virtual reader for one test, or the reason why there is none here."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

DRIVER = Path("/usr/lib/pcsc/drivers/serial")
DOOR = Path("/run/pcscd/pcscd.comm")
USUAL_PORT = 0x8C7B
CONFIGURATION = """\
FRIENDLYNAME "Virtual PCD"
DEVICENAME   /dev/null:{port:#06X}
LIBPATH      {library}
CHANNELID    {port:#06X}
"""


def missing() -> str:
    """What keeps this machine from having a virtual reader; empty when nothing does."""
    if importlib.util.find_spec("smartcard") is None:
        return "pyscard is not installed (script/reader installs it)"
    if not _drivers():
        return "the virtual reader's driver is not installed (script/reader installs it)"
    if _is_answered():
        return ""
    if _pcscd() is None:
        return "pcscd is not installed (script/reader installs it)"
    if os.geteuid() != 0:
        return "pcscd is not running, and only root may start it"
    return ""


def skip_unless_there() -> None:
    """Skips with the reason; script/test tells it once more at its end."""
    reason = missing()
    if reason:
        pytest.skip(f"no virtual PC/SC reader: {reason}")


@contextmanager
def virtual_reader(directory: Path) -> Iterator[int]:
    """Gives the port at which cards come to the reader; one test at a time on this machine."""
    with Path("/tmp/gateway-pcscd.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_answered():
            yield USUAL_PORT
            return
        port = _free_port()
        configuration = directory / "reader.conf.d"  # pcscd reads every file in there
        configuration.mkdir()
        (configuration / "vpcd").write_text(
            CONFIGURATION.format(port=port, library=_drivers()[0]).replace("0X", "0x")
        )
        command = [str(_pcscd()), "--foreground", "--config", str(configuration)]
        log = (directory / "pcscd.log").open("w")
        running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(port, directory / "pcscd.log")
            yield port
        finally:
            running.terminate()
            running.wait(10)
            log.close()


def _drivers() -> list[Path]:
    return sorted(DRIVER.glob("libifdvpcd.so*"))


def _pcscd() -> str | None:
    return shutil.which("pcscd") or shutil.which("pcscd", path="/usr/sbin:/usr/local/sbin")


def _is_answered() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(DOOR))
        except OSError:
            return False
    return True


def _free_port() -> int:
    """A port below those that outgoing connections take, so that none takes it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _wait(port: int, log: Path) -> None:
    """Waits until pcscd answers and its driver listens; a connection would be a card, so looks."""
    until = time.monotonic() + 15
    while not (_is_answered() and f":{port:04X}" in _listening()):
        assert time.monotonic() < until, f"pcscd is not ready: {log.read_text()}"
        time.sleep(0.05)


def _listening() -> set[str]:
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    lines = [line.split() for table in tables if table.exists() for line in _rows(table)]
    return {line[1][-5:] for line in lines if line[3] == "0A"}


def _rows(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:]
