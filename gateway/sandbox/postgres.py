"""Starts, finds and stops the real PostgreSQL that the sandbox and the tests keep for themselves.

`python -m gateway.sandbox.postgres start|stop|status|urls`. One cluster a data directory, shared by
all processes that name it; it runs until somebody says stop. Never meant for production.
"""

import fcntl
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from gateway.sandbox.postgres_cluster import (
    answers,
    free_port,
    make_cluster,
    processes,
    start_server,
    superuser,
)
from gateway.sandbox.postgres_places import EmbeddedPostgresError, find_places, prepare_home

REPOSITORY = Path(__file__).resolve().parents[2]
DATABASE = "gateway"
ROLES = {"service": "gateway_service", "worker": "gateway_worker", "owner": "gateway_owner"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """The addresses of one database for three roles; they hold passwords."""

    service: str
    worker: str
    owner: str


def default_data_dir() -> Path:
    """Tell where this process keeps its data: GATEWAY_DATA_DIR, else `var` in the repository."""
    return Path(os.environ.get("GATEWAY_DATA_DIR") or REPOSITORY / "var").resolve()


def start(data_dir: Path) -> Urls:
    """Have the cluster of `data_dir` running and its roles and database made; give its addresses.

    Safe to call twice and from many processes at once. Raises EmbeddedPostgresError with advice.
    """
    _refuse_in_production()
    data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _alone(data_dir):
        kept = _read_kept(data_dir) or _new_kept()
        _write_kept(data_dir, kept)
        places = find_places(data_dir.resolve())
        prepare_home(places)
        if not (places.cluster / "PG_VERSION").exists():
            make_cluster(places, kept["superuser"])
        if not answers(places, kept):
            kept = kept | {"port": start_server(places, kept)}
            _write_kept(data_dir, kept)
        _make_roles_and_database(kept)
    return _urls(kept)


def stop(data_dir: Path) -> bool:
    """Stop the cluster of `data_dir` cleanly; say whether one was running."""
    if not (data_dir / "postgres.json").exists():
        return False
    with _alone(data_dir):
        places = find_places(data_dir.resolve())
        if not processes(places):
            return False
        words = ("-D", places.cluster, "-w", "-t", "60", "-m", "fast", "stop")
        done = places.run(places.programs / "bin" / "pg_ctl", *words)
        if done.returncode != 0 and processes(places):
            raise EmbeddedPostgresError(f"PostgreSQL does not stop: {done.stderr.strip()}")
        return True


def is_running(data_dir: Path) -> bool:
    """Say whether the cluster of `data_dir` answers to its own password."""
    kept = _read_kept(data_dir)
    return kept is not None and answers(find_places(data_dir.resolve()), kept)


def urls(data_dir: Path) -> Urls | None:
    """Give the addresses of the cluster of `data_dir` as last started, or None if it never was."""
    kept = _read_kept(data_dir)
    return _urls(kept) if kept else None


def _refuse_in_production() -> None:
    allowed = os.environ.get("GATEWAY_EMBEDDED_POSTGRES") == "allowed"
    if os.environ.get("GATEWAY_ENV", "production") != "sandbox" and not allowed:
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL serves sandboxes and tests: set GATEWAY_ENV=sandbox. "
            "Production sets DATABASE_URL; GATEWAY_EMBEDDED_POSTGRES=allowed overrides this."
        )


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the cluster of `data_dir`."""
    handle = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _new_kept() -> dict[str, str]:
    names = ["superuser", *ROLES]
    return {name: secrets.token_urlsafe(24) for name in names} | {"port": free_port()}


def _read_kept(data_dir: Path) -> dict[str, str] | None:
    try:
        content = (data_dir / "postgres.json").read_text()
    except FileNotFoundError:
        return None
    except PermissionError as denied:
        raise EmbeddedPostgresError(
            f"{data_dir} belongs to another user. Run as that user, or set GATEWAY_DATA_DIR to a "
            "directory of your own."
        ) from denied
    return {str(name): str(value) for name, value in json.loads(content).items()}


def _write_kept(data_dir: Path, kept: dict[str, str]) -> None:
    half = data_dir / "postgres.json.new"
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    half.rename(data_dir / "postgres.json")


def _urls(kept: dict[str, str]) -> Urls:
    address = f"127.0.0.1:{kept['port']}/{DATABASE}"
    made = {
        name: f"postgresql://{role}:{quote(kept[name], safe='')}@{address}"
        for name, role in ROLES.items()
    }
    return Urls(**made)


def _make_roles_and_database(kept: dict[str, str]) -> None:
    """Run deploy/roles.sql, set the passwords, make the database; safe to repeat."""
    with superuser(kept) as connection:
        connection.execute((REPOSITORY / "deploy" / "roles.sql").read_bytes())
        for name, role in ROLES.items():
            secret = connection.pgconn.encrypt_password(
                kept[name].encode(), role.encode(), b"scram-sha-256"
            )
            words = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(words.format(sql.Identifier(role), sql.Literal(secret.decode())))
        connection.execute("ALTER ROLE gateway_owner CREATEDB")
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            words = sql.SQL("CREATE DATABASE {} OWNER gateway_owner TEMPLATE template0")
            connection.execute(words.format(sql.Identifier(DATABASE)))
    with psycopg.connect(_urls(kept).owner, autocommit=True) as connection:
        connection.execute((REPOSITORY / "deploy" / "database.sql").read_bytes())


def main(words: list[str]) -> int:
    """Carry out one word of the command line; 0 is yes, done or running."""
    acts = {"start", "stop", "status", "urls"}
    if len(words) != 1 or words[0] not in acts:
        sys.stderr.write("usage: python -m gateway.sandbox.postgres start|stop|status|urls\n")
        return 2
    data_dir = default_data_dir()
    try:
        return _carry_out(words[0], data_dir)
    except EmbeddedPostgresError as refused:
        sys.stderr.write(f"postgres: {refused}\n")
        return 1


def _carry_out(act: str, data_dir: Path) -> int:
    if act == "start":
        start(data_dir)
    elif act == "stop":
        stop(data_dir)
        return 0
    elif act == "urls":
        found = urls(data_dir)
        if found is None:
            return 1
        sys.stdout.write(f"DATABASE_URL={found.service}\nDATABASE_WORKER_URL={found.worker}\n")
        sys.stdout.write(f"DATABASE_OWNER_URL={found.owner}\n")
        return 0
    running = is_running(data_dir)
    sys.stdout.write(f"{'running' if running else 'not running'}, data in {data_dir}\n")
    return 0 if running else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
