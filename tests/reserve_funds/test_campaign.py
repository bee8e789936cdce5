"""Many processes post at random while their sessions and the server are killed under them.

Every process keeps a model: what it knows was booked. What it cannot know (the answer was lost) it
asks again with the same identifiers, as the house does. In the end model and book are equal.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.sandbox import postgres
from gateway.sandbox.postgres_cluster import SUPERUSER
from reserve_funds.ledger.bench_tools import ROOT
from tests.support.campaign import size

OPERATIONS, PROCESSES = size(1_500, 1_000_000), size(3, 4)
POOL = 7


@pytest.fixture
def own_server() -> Iterator[tuple[Path, dict[str, str]]]:
    """A server that may be killed: nobody else uses it."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("only an embedded PostgreSQL may be killed by the tests")
    home = Path(tempfile.mkdtemp(prefix="ledger-campaign-"))
    home.chmod(0o755)
    urls = postgres.start(home)
    environment = os.environ | {
        "GATEWAY_DATA_DIR": str(home),
        "DATABASE_URL": urls.service,
        "DATABASE_OWNER_URL": urls.owner,
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "-v", "0",
         "reserve_funds"],
        cwd=ROOT, env=environment, check=True,
    )  # fmt: skip
    yield home, environment
    postgres.stop(home)
    shutil.rmtree(home)


def test_the_book_is_the_model_whatever_was_killed(
    own_server: tuple[Path, dict[str, str]],
) -> None:
    home, environment = own_server
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as service:
        service.execute("SELECT ledger.open_pool(%s, 'MOT', current_date)", [POOL])
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.reserve_funds.campaign_worker",
             str(seed), str(OPERATIONS // PROCESSES)],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
        )
        for seed in range(PROCESSES)
    ]  # fmt: skip
    chance, kills, next_crash = random.Random(1), Counter(), 0.0
    while not _is_under_way(environment):
        time.sleep(0.02)
    while not kills["session"] and any(worker.poll() is None for worker in workers):
        kills["session"] += _kill_a_session(home, chance)
    while any(worker.poll() is None for worker in workers):
        if time.monotonic() > next_crash and kills["server"] < size(1, 200):
            number = int((_cluster(home) / "postmaster.pid").read_text().split()[0])
            os.kill(number, signal.SIGKILL)
            postgres.start(home)
            kills["server"] += 1
            next_crash = time.monotonic() + chance.uniform(5, 15)
        else:
            kills["session"] += _kill_a_session(home, chance)
        time.sleep(chance.uniform(0.1, 0.4))
    models = [json.loads(worker.communicate()[0]) for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    assert kills["server"] >= 1
    assert kills["session"] >= 1
    expected: Counter[str] = sum((Counter(model["balances"]) for model in models), Counter())
    with psycopg.connect(environment["DATABASE_URL"]) as service:
        booked = service.execute(
            "SELECT count(*) FROM ledger.transfer WHERE pool = %s", [POOL]
        ).fetchone()
        found = {
            owner: int(fen)
            for owner, fen in service.execute(
                "SELECT owner, available_fen FROM ledger.account"
                " WHERE pool = %s AND kind = 2131 AND available_fen <> 0",
                [POOL],
            )
        }
    assert booked == (sum(model["booked"] for model in models),)
    assert found == {owner: fen for owner, fen in expected.items() if fen}
    told = subprocess.run(
        [sys.executable, "-c", _CHECK], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert told.stdout.strip() == "[]", told.stdout + told.stderr[-2000:]


_CHECK = f"""
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "gateway.settings"
import django
django.setup()
from reserve_funds import tasks
from reserve_funds.ledger.check import check
tasks.fold_long_tails(10)
print(check({POOL}).findings)
"""


def _is_under_way(environment: dict[str, str]) -> bool:
    """Whether the workers have begun to book."""
    with psycopg.connect(environment["DATABASE_URL"]) as service:
        begun = service.execute("SELECT count(*) > 20 FROM ledger.transfer WHERE pool = %s", [POOL])
        return bool(begun.fetchone()[0])


def _cluster(home: Path) -> Path:
    return next(home.resolve().rglob("postmaster.pid")).parent


def _kill_a_session(home: Path, chance: random.Random) -> int:
    kept = json.loads((home / "postgres.json").read_text())
    with psycopg.connect(
        host="127.0.0.1", port=kept["port"], user=SUPERUSER, password=kept["superuser"],
        dbname=postgres.DATABASE, autocommit=True,
    ) as connection:  # fmt: skip
        sessions = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'gateway_service'"
        ).fetchall()
        if not sessions:
            return 0
        pid = chance.choice(sessions)[0]
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    return 1
