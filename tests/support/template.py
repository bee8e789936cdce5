"""One migrated database that every worker's test database is a copy of, kept while nothing changes.

Migrating takes fifteen seconds of a processor, copying less than one. What the template was made
from stands as a comment on it: the digest of every file of the house, its libraries and the day.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from accounts import clock

ROOT = Path(__file__).resolve().parent.parent.parent
HOUSE = ("accounts", "reserve_funds", "nfc_topup", "gateway", "deploy")
TEMPLATE = "test_gateway_template"
ONE_AT_A_TIME = 7_305_211_122
"""An advisory lock of the house's own database."""


def make_test_database() -> None:
    """Make this process's test database as the migrating role and have both aliases name it."""
    name = connections["owner"].creation._get_test_db_name()
    with psycopg.connect(**parameters("owner"), autocommit=True) as house:
        house.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        digest = _digest(house)
        if _told_of_template(house) != digest:
            _migrate()
            words = sql.SQL("COMMENT ON DATABASE {} IS {}")
            house.execute(words.format(sql.Identifier(TEMPLATE), sql.Literal(digest)))
        _drop(house, name)
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        house.execute(copy.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    _use(name)
    with psycopg.connect(**parameters("owner"), autocommit=True) as connection:
        connection.execute((ROOT / "deploy" / "database.sql").read_bytes())


def drop_test_database(house: str) -> None:
    """Drop it again and go back to the database of this name; the template stays."""
    connections.close_all()
    name = connections["owner"].settings_dict["NAME"]
    _use(house)
    with psycopg.connect(**parameters("owner"), autocommit=True) as connection:
        _drop(connection, name)


def parameters(alias: str) -> dict[str, Any]:
    """Give the connection parameters of an alias as the tests have it now."""
    settings = connections[alias].settings_dict
    return {
        "host": settings["HOST"],
        "port": settings["PORT"] or None,
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "dbname": settings["NAME"],
        "connect_timeout": 5,
    }


def _migrate() -> None:
    """Make the template anew as Django makes any test database."""
    owner = connections["owner"]
    house, test = owner.settings_dict["NAME"], owner.settings_dict["TEST"]["NAME"]
    owner.settings_dict["TEST"]["NAME"] = TEMPLATE
    try:
        owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        owner.settings_dict["TEST"]["NAME"] = test
        _use(house)


def _use(name: str) -> None:
    """Have both aliases name this database, as Django's own test databases do."""
    for alias in ("owner", "default"):
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _told_of_template(connection: psycopg.Connection[Any]) -> str | None:
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        [TEMPLATE],
    ).fetchone()
    return found and found[0]


def _digest(connection: psycopg.Connection[Any]) -> str:
    """Of everything that may show in a migrated database."""
    whole = hashlib.sha256()
    whole.update(str(connection.info.server_version).encode())
    whole.update(clock.business_day(clock.now()).isoformat().encode())
    files = [ROOT / "requirements.lock"]
    for folder in HOUSE:
        files += sorted(path for path in (ROOT / folder).rglob("*.*") if path.suffix != ".pyc")
    for path in files:
        if path.is_file():
            whole.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return whole.hexdigest()
