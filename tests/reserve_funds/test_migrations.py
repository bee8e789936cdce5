"""The law goes into a database and out of it again by its migrations."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from reserve_funds.ledger.bench_tools import ROOT, door, scratch


@pytest.fixture
def empty_database(django_db_setup: None) -> Iterator[dict[str, str]]:
    """The environment of a database of its own, with nothing in it."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("only the embedded PostgreSQL lets the tests make databases")
    owner, service = door("owner"), door("default")
    with scratch(owner) as name:
        with psycopg.connect(owner.url(name), autocommit=True) as connection:
            connection.execute((ROOT / "deploy" / "database.sql").read_bytes())
        yield {"DATABASE_URL": service.url(name), "DATABASE_OWNER_URL": owner.url(name)}


def migrate(environment: dict[str, str], *words: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "-v", "0", *words],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )


def objects(environment: dict[str, str]) -> int:
    with psycopg.connect(environment["DATABASE_OWNER_URL"]) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'ledger') + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n"
            " ON n.oid = p.pronamespace WHERE n.nspname = 'ledger')"
        ).fetchone()
    assert row
    return int(row[0])


def test_the_law_goes_in_out_and_in_again(empty_database: dict[str, str]) -> None:
    migrate(empty_database, "reserve_funds")
    there = objects(empty_database)
    assert there > 50
    migrate(empty_database, "reserve_funds", "zero")
    assert objects(empty_database) == 0
    migrate(empty_database, "reserve_funds")
    assert objects(empty_database) == there
