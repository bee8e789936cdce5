"""Brings the province in a box up and keeps it up: what script/run runs."""

import argparse
import fcntl
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import psycopg

from gateway.sandbox import postgres, sftp_server
from gateway.sandbox.neighbourhood import NEIGHBOURS, Neighbour
from gateway.sandbox.postgres_cluster import free_port
from gateway.sandbox.postgres_places import EmbeddedPostgresError
from gateway.sandbox.supervisor import Act, Child, ChildFailed, Stopped, Supervisor

PYTHON = sys.executable
DEPOSIT_TERMS = Path(__file__).with_name("deposit_terms.toml")
DEFAULT_PORT = 8000
LAST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the house and its neighbours are on this machine."""

    port: int
    neighbour_ports: Mapping[str, int]
    phone_port: int
    office_port: int
    sftp_port: int | None = None

    @property
    def gateway(self) -> str:
        """The gateway's own address."""
        return f"http://127.0.0.1:{self.port}"

    def neighbour(self, channel: str) -> str:
        """The address of the neighbour that speaks this channel."""
        return f"http://127.0.0.1:{self.neighbour_ports[channel]}"

    @property
    def phone(self) -> str:
        """The address of the sandbox's phone wallet."""
        return f"http://127.0.0.1:{self.phone_port}"

    @property
    def office(self) -> str:
        """The address of the sandbox's invoicing office."""
        return f"http://127.0.0.1:{self.office_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the province is told."""
        sftp = {"SANDBOX_SFTP_PORT": str(self.sftp_port)} if self.sftp_port else {}
        return (
            {"GATEWAY_URL": self.gateway, "SANDBOX_PHONE_URL": self.phone}
            | {"SANDBOX_INVOICE_OFFICE_URL": self.office, "DEPOSIT_TERMS": str(DEPOSIT_TERMS)}
            | sftp
            | {one.address_name: self.neighbour(one.channel) for one in NEIGHBOURS}
        )


def preparations(card_keys: Path | None) -> list[Act]:
    """What is done before anything serves, in order."""
    keys = ["--card-keys", str(card_keys)] if card_keys else []
    return [
        Act(name="migrate", command=[PYTHON, "manage.py", "migrate", "--verbosity", "0"]),
        Act(name="sandbox_setup", command=[PYTHON, "manage.py", "sandbox_setup", *keys]),
    ]


def children(addresses: Addresses, data_dir: Path) -> list[Child]:
    """What stays up, in the order of starting."""
    granian = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    size = ["--port", str(addresses.port), "--workers", "2", "--blocking-threads", "4"]
    stay = ["--no-ws", "--respawn-failed-workers"]
    return [
        *(_neighbour(one, addresses, data_dir) for one in NEIGHBOURS),
        _phone(addresses, data_dir),
        _office(addresses, data_dir),
        *_sftp(addresses, data_dir),
        Child(
            name="worker",
            command=[PYTHON, "manage.py", "work"],
            environment={"GATEWAY_PROCESS": "worker"},
        ),
        Child(
            name="web",
            command=[PYTHON, *granian, *size, *stay, "gateway.wsgi:application"],
            ready_url=f"{addresses.gateway}/readyz",
        ),
    ]


def _neighbour(one: Neighbour, addresses: Addresses, data_dir: Path) -> Child:
    place = data_dir / "neighbours" / one.channel
    words = ["--state-dir", str(place), "--port", str(addresses.neighbour_ports[one.channel])]
    return Child(
        name=one.channel,
        command=[PYTHON, "-m", one.program, *words],
        ready_url=f"{addresses.neighbour(one.channel)}/_sandbox/health",
    )


def _phone(addresses: Addresses, data_dir: Path) -> Child:
    words = ["--state-dir", str(data_dir / "phone"), "--port", str(addresses.phone_port)]
    program = [PYTHON, "-m", "gateway.sandbox.wallet_provider", "--gateway", addresses.gateway]
    return Child(
        name="phone", command=[*program, *words], ready_url=f"{addresses.phone}/_sandbox/health"
    )


def _office(addresses: Addresses, data_dir: Path) -> Child:
    place = data_dir / "neighbours" / "invoice_office"
    words = ["--state-dir", str(place), "--port", str(addresses.office_port)]
    return Child(
        name="invoice_office",
        command=[PYTHON, "-m", "gateway.sandbox.invoice_office", *words],
        ready_url=f"{addresses.office}/_sandbox/health",
    )


def _sftp(addresses: Addresses, data_dir: Path) -> list[Child]:
    """The server of the banks' statement files, where this machine has one."""
    if addresses.sftp_port is None:
        return []
    home = sftp_server.home_for(data_dir)
    words = ["--home", str(home), "--port", str(addresses.sftp_port)]
    return [Child(name="sftp", command=[PYTHON, "-m", "gateway.sandbox.sftp_server", *words])]


def journeys() -> list[Act]:
    """What is played once against the living service before it is called ready."""
    return [Act(name="play_card", command=[PYTHON, "manage.py", "play_card"])]


def main(words: list[str]) -> int:
    """Run the province until told to stop; 0 after a clean stop, 1 when something failed."""
    parser = argparse.ArgumentParser(prog="script/run", description=__doc__)
    parser.add_argument("--card-keys", metavar="FILE", help="the test issuer's keys to import")
    parser.add_argument("--called-from", default=".", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    card_keys = Path(options.called_from, options.card_keys) if options.card_keys else None
    if card_keys and not card_keys.is_file():
        parser.error(f"there is no file {card_keys}")
    data_dir = postgres.default_data_dir()
    data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (data_dir / "province.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            _say(f"a province already runs in {data_dir}: {lock.read().strip()}")
            return 1
        return _run(data_dir, card_keys, lock)


def _run(data_dir: Path, card_keys: Path | None, lock: TextIO) -> int:
    supervisor = Supervisor(logs=data_dir / "logs", cwd=postgres.REPOSITORY)
    supervisor.heed_signals()
    ours = False
    try:
        ours = _start_database(data_dir)
        addresses = _addresses(_port_near(_wanted_port()))
        os.environ.update(addresses.environment)
        _write_down(data_dir, lock, addresses)
        _bring_up(supervisor, addresses, data_dir, card_keys)
        sys.stdout.write(f"READY {addresses.gateway}\n")
        sys.stdout.flush()
        _say(f"the officers and a way into each seat: {addresses.gateway}/sandbox/")
        _say(f"the words of each process are in {supervisor.logs}; Ctrl-C stops all of them")
        supervisor.watch()
    except Stopped:
        _say("stopping")
        return 0
    except (ChildFailed, EmbeddedPostgresError) as failed:
        _say(str(failed))
        return 1
    finally:
        supervisor.stop()
        (data_dir / "province.env").unlink(missing_ok=True)
        if ours:
            postgres.stop(data_dir)
    return 0


def _addresses(port: int) -> Addresses:
    """Allot a port to each neighbour, the next ones where they are free."""
    ports = {one.channel: _port_near(port + step) for step, one in enumerate(NEIGHBOURS, start=1)}
    phone_port = _port_near(port + len(NEIGHBOURS) + 1)
    office_port = _port_near(port + len(NEIGHBOURS) + 2)
    sftp_port = _port_near(port + len(NEIGHBOURS) + 3) if sftp_server.is_there() else None
    if sftp_port is None:
        _say("no OpenSSH server here, so no statements over SFTP; script/sshd brings one")
    return Addresses(
        port=port,
        neighbour_ports=ports,
        phone_port=phone_port,
        office_port=office_port,
        sftp_port=sftp_port,
    )


def _write_down(data_dir: Path, lock: TextIO, addresses: Addresses) -> None:
    """Leave the addresses for a second script/run to name and for script/sandbox to read."""
    lock.truncate(0)
    lock.write(f"{addresses.gateway}\n")
    lock.flush()
    told = {name: os.environ[name] for name in ("CARD_VAULT",) if os.environ.get(name)}
    lines = [f"{name}={value}\n" for name, value in (addresses.environment | told).items()]
    (data_dir / "province.env").write_text("".join(lines))


def _start_database(data_dir: Path) -> bool:
    """Have a database; say whether it was us who started it."""
    if os.environ.get("DATABASE_URL"):
        _try_given_databases()
        return False
    ours = not postgres.is_running(data_dir)
    postgres.start(data_dir)
    return ours


def _try_given_databases() -> None:
    """Try each address that replaces our own PostgreSQL. Raises EmbeddedPostgresError."""
    for name in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"):
        url = os.environ.get(name)
        if not url and name == "DATABASE_WORKER_URL":
            _say(f"{name} is not set: the worker cannot hear the queue's bell, only sweeps work")
            continue
        if not url:
            raise EmbeddedPostgresError(
                f"DATABASE_URL is set and {name} is not; docs/operations.md says which roles"
            )
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.Error as refused:
            why = str(refused).strip().splitlines()[0]
            raise EmbeddedPostgresError(f"{name} does not lead to a database: {why}") from refused


def _bring_up(
    supervisor: Supervisor, addresses: Addresses, data_dir: Path, card_keys: Path | None
) -> None:
    for act in preparations(card_keys):
        _say(act.name)
        supervisor.do(act)
    for child in children(addresses, data_dir):
        _say(f"starting the {child.name}")
        supervisor.start(child)
    for act in journeys():
        _say(act.name)
        supervisor.do(act)


def _wanted_port() -> int:
    wanted = os.environ.get("PORT") or os.environ.get("GATEWAY_PORT") or str(DEFAULT_PORT)
    if not wanted.isdecimal() or not 0 < int(wanted) <= LAST_PORT:
        _say(f"{wanted} is no port; using {DEFAULT_PORT}")
        return DEFAULT_PORT
    return int(wanted)


def _port_near(wanted: int) -> int:
    """Give the wanted port of loopback, or say that it is taken and give a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except (OSError, OverflowError):
            free = int(free_port())
            _say(f"port {wanted} is taken; using {free}")
            return free
    return wanted


def _say(line: str) -> None:
    sys.stderr.write(f"province: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
