"""Dump and restore: transaction numbers start again, and no balance is lost by it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

from gateway.sandbox import postgres
from gateway.sandbox.postgres_cluster import SUPERUSER
from gateway.sandbox.postgres_places import find_places
from reserve_funds.ledger import book, queries
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.stories import confirmed, folded


@pytest.fixture
def second_server() -> Iterator[Path]:
    """Another server of its own, fresh from initdb."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("only the embedded PostgreSQL can be dumped and restored by the tests")
    home = Path(tempfile.mkdtemp(prefix="ledger-restore-"))
    home.chmod(0o755)
    postgres.start(home)
    yield home
    postgres.stop(home)
    shutil.rmtree(home)


def superuser_url(data_dir: Path, database: str) -> str:
    kept = json.loads((data_dir / "postgres.json").read_text())
    return f"postgresql://{SUPERUSER}:{kept['superuser']}@127.0.0.1:{kept['port']}/{database}"


def program(name: str) -> str:
    places = find_places(postgres.default_data_dir())
    return str(places.programs / "bin" / name)


def restore(second_server: Path) -> None:
    database = str(connections["default"].settings_dict["NAME"])
    dumped = subprocess.run(
        [program("pg_dump"), superuser_url(postgres.default_data_dir(), database)],
        check=True,
        capture_output=True,
    ).stdout
    subprocess.run(
        [
            program("psql"),
            "-X", "-q", "-v", "ON_ERROR_STOP=1",
            superuser_url(second_server, postgres.DATABASE),
        ],
        input=dumped,
        check=True,
        capture_output=True,
    )  # fmt: skip


def told(server: psycopg.Connection, pool: int, owner: str) -> int:
    row = server.execute(
        "SELECT t.debit_posted - t.credit_posted"
        " FROM ledger.totals(%s, ledger.account_id(%s, 1121::smallint, %s)) t",
        [pool, pool, owner],
    ).fetchone()
    assert row
    return int(row[0])


def post(server: psycopg.Connection, pool: int, number: int, owner: str, fen: int) -> None:
    server.execute(
        "SELECT ledger.post_one(%s, 1::smallint, %s::uuid, 'payment_confirmed', 1121::smallint,"
        " %s, 2101::smallint, 'restored', %s, %s, NULL, NULL)",
        [pool, f"019aab00-0000-8000-8000-0000000000{number:02}", owner, fen, NOW],
    )


def test_a_restored_book_of_700_still_reads_700(lasting_pool: int, second_server: Path) -> None:
    first, later = confirmed(lasting_pool, 500), confirmed(lasting_pool, 200)
    receivable = first.debit
    with connection.cursor() as cursor:  # far ahead of any fresh server's numbers
        for _ in range(3000):
            cursor.execute("SELECT pg_current_xact_id()")
    book.post([first])
    folded(lasting_pool, receivable)
    book.post([later])
    assert queries.balance_fen(lasting_pool, receivable) == 700

    restore(second_server)
    urls = postgres.urls(second_server)
    assert urls
    with psycopg.connect(urls.service, autocommit=True) as service:
        with pytest.raises(psycopg.Error) as refused:
            post(service, lasting_pool, 1, receivable.owner, 50)
        assert refused.value.sqlstate == "LG009"
        with psycopg.connect(urls.owner, autocommit=True) as owner:
            assert owner.execute("SELECT ledger.open_epoch() > 1").fetchone() == (True,)
        assert told(service, lasting_pool, receivable.owner) == 700
        post(service, lasting_pool, 2, receivable.owner, 50)
        assert told(service, lasting_pool, receivable.owner) == 750
        account = "ledger.account_id(%s, 1121::smallint, %s)"
        again = service.execute(
            f"SELECT ledger.fold(%s, {account})", [lasting_pool, lasting_pool, receivable.owner]
        ).fetchone()
        assert again == (True,)
        post(service, lasting_pool, 3, receivable.owner, 1)
        assert told(service, lasting_pool, receivable.owner) == 751
