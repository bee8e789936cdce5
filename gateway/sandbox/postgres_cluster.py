"""One embedded PostgreSQL cluster as processes and files: made, started, recognised."""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import psycopg

from gateway.sandbox.postgres_places import EmbeddedPostgresError, Places

SUPERUSER = "postgres"
START_SECONDS = 60.0


def make_cluster(places: Places, password: str) -> None:
    """Make an empty cluster that asks everybody for a password; raises EmbeddedPostgresError."""
    password_file = places.home / "password"
    password_file.write_text(password)
    if places.user:
        os.chown(password_file, places.home.stat().st_uid, places.home.stat().st_gid)
    password_file.chmod(0o600)
    try:
        done = places.run(
            places.programs / "bin" / "initdb",
            *("-D", places.cluster, "-U", SUPERUSER, f"--pwfile={password_file}"),
            *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--data-checksums"),
        )
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"initdb failed: {done.stderr.strip()}")


def start_server(places: Places, kept: dict[str, str]) -> str:
    """Have the server up and answering; give its port: the kept one, or another if that is taken.

    Raises EmbeddedPostgresError with the end of the server's log.
    """
    _forget_dead_server(places)
    if processes(places):
        return _wait_until_answers(places, kept | {"port": _written_port(places) or kept["port"]})
    for _ in range(5):
        port = kept["port"] if _is_free(kept["port"]) else free_port()
        (places.cluster / "postgresql.conf").write_text(_server_settings(places, port))
        control = places.programs / "bin" / "pg_ctl"
        options = ("-D", places.cluster, "-l", places.log, "-w", "-t", str(int(START_SECONDS)))
        if places.run(control, *options, "start").returncode == 0:
            return _wait_until_answers(places, kept | {"port": port})
        time.sleep(0.5)
    tail = "\n".join(places.log.read_text(errors="replace").splitlines()[-15:])
    raise EmbeddedPostgresError(f"PostgreSQL does not start. The end of {places.log}:\n{tail}")


def answers(places: Places, kept: Mapping[str, str]) -> bool:
    """Say whether our own cluster answers at the kept port, known by password and directory."""
    try:
        with superuser(kept) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return found is not None and Path(found[0]) == places.cluster


def superuser(kept: Mapping[str, str]) -> psycopg.Connection[tuple[str, ...]]:
    """Connect as the superuser over loopback; `kept` has the port and the password."""
    return psycopg.connect(
        host="127.0.0.1",
        port=kept["port"],
        user=SUPERUSER,
        password=kept["superuser"],
        dbname="postgres",
        connect_timeout=2,
        autocommit=True,
    )


def processes(places: Places) -> list[psutil.Process]:
    """List the live PostgreSQL processes that work inside our cluster's directory."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and process.cwd() == str(places.cluster):
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def free_port() -> str:
    """Find a port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _wait_until_answers(places: Places, kept: Mapping[str, str]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not answers(places, kept):
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"PostgreSQL does not answer; see {places.log}")
        time.sleep(0.1)
    return kept["port"]


def _forget_dead_server(places: Places) -> None:
    """Remove a postmaster.pid whose number meanwhile belongs to somebody else's process.

    PostgreSQL itself forgets a number that nobody has. Children that outlive a killed server are
    given a moment to notice; while one lives, the file stays and guards the data.
    """
    number = _written_pid(places)
    alive = processes(places)
    if number is None or any(process.pid == number for process in alive):
        return
    psutil.wait_procs(alive, timeout=10)
    if not processes(places) and psutil.pid_exists(number):
        (places.cluster / "postmaster.pid").unlink()


def _written_pid(places: Places) -> int | None:
    lines = _pid_file(places)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _written_port(places: Places) -> str | None:
    """Read the port that a running server wrote down: the fourth line of its postmaster.pid."""
    lines = _pid_file(places)
    return lines[3] if len(lines) > 3 and lines[3].isdigit() else None


def _pid_file(places: Places) -> list[str]:
    try:
        return [line.strip() for line in (places.cluster / "postmaster.pid").open()]
    except FileNotFoundError:
        return []


def _server_settings(places: Places, port: str) -> str:
    """Write the server's whole configuration; its log keeps neither statements nor row values."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": str(places.socket or ""),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "max_locks_per_transaction": "128",
        "fsync": _fsync(),
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "logging_collector": "off",
    }
    lines = ["# Written anew at every start by gateway/sandbox/postgres.py."]
    lines += ["{} = '{}'".format(name, text.replace("'", "''")) for name, text in settings.items()]
    return "\n".join(lines) + "\n"


def _fsync() -> str:
    """On, unless tests of the sandbox say GATEWAY_EMBEDDED_FSYNC=off: they may kill PostgreSQL
    at any point and lose nothing, for the machine lives on; only a power cut would be another
    matter."""
    asked = os.environ.get("GATEWAY_EMBEDDED_FSYNC") == "off"
    return "off" if asked and os.environ.get("GATEWAY_ENV") == "sandbox" else "on"


def _is_free(port: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            return False
    return True
