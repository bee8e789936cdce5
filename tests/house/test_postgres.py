"""The embedded PostgreSQL: started twice, killed, confused, crowded, it stays the same one."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from gateway.sandbox import postgres
from gateway.sandbox.postgres_cluster import processes
from gateway.sandbox.postgres_places import ROOTS_PLACE, EmbeddedPostgresError, find_places
from tests.house.source import ROOT


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_ENV", "sandbox")
    monkeypatch.delenv("GATEWAY_EMBEDDED_FSYNC", raising=False)


@pytest.fixture(scope="module")
def shared_dir() -> Iterator[Path]:
    """A data directory for all tests of this file, open enough for PostgreSQL's own user."""
    directory = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    directory.chmod(0o755)
    yield directory
    _wipe(directory)


@pytest.fixture
def data_dir(shared_dir: Path) -> Path:
    postgres.start(shared_dir)
    return shared_dir


@pytest.fixture
def other_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    directory.chmod(0o755)
    yield directory
    _wipe(directory)


def _wipe(directory: Path) -> None:
    postgres.stop(directory)
    shutil.rmtree(directory)


def _postmaster(data_dir: Path) -> psutil.Process:
    pid_file = find_places(data_dir).cluster / "postmaster.pid"
    return psutil.Process(int(pid_file.read_text().splitlines()[0]))


def _value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(query).fetchone()
    assert found is not None
    return found[0]


def test_starting_twice_is_starting_once(data_dir: Path) -> None:
    first = postgres.urls(data_dir)
    postmaster = _postmaster(data_dir)

    second = postgres.start(data_dir)

    assert second == first
    assert _postmaster(data_dir) == postmaster


def test_it_keeps_what_was_committed_as_a_serious_database_does(data_dir: Path) -> None:
    service = postgres.start(data_dir).service

    assert _value(service, "SHOW fsync") == "on"
    assert _value(service, "SHOW data_checksums") == "on"
    assert _value(service, "SHOW synchronous_commit") == "on"
    assert _value(service, "SHOW password_encryption") == "scram-sha-256"
    locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'gateway'"
    assert _value(service, locale) == "bC.UTF-8"


def test_only_a_sandbox_need_not_wait_for_the_disk(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_EMBEDDED_FSYNC", "off")
    monkeypatch.setenv("GATEWAY_EMBEDDED_POSTGRES", "allowed")
    for environment, waits in (("sandbox", "off"), ("production", "on")):
        monkeypatch.setenv("GATEWAY_ENV", environment)
        postgres.stop(data_dir)
        service = postgres.start(data_dir).service
        assert _value(service, "SHOW fsync") == waits
        assert _value(service, "SHOW synchronous_commit") == "on"


def test_nobody_gets_in_without_the_password(data_dir: Path) -> None:
    url = postgres.start(data_dir).service
    wrong = url.replace(url.split(":")[2].split("@")[0], "guess")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)

    assert (data_dir / "postgres.json").stat().st_mode & 0o777 == 0o600
    assert find_places(data_dir).home.stat().st_mode & 0o777 == 0o700


def test_the_roles_are_what_the_house_relies_on(data_dir: Path) -> None:
    urls = postgres.start(data_dir)

    assert _value(urls.owner, "SELECT pg_has_role('gateway_owner', 'ledger_owner', 'MEMBER')")
    assert not _value(urls.owner, "SELECT pg_has_role('gateway_owner', 'ledger_owner', 'USAGE')")
    for url in (urls.service, urls.worker):
        assert _value(url, "SELECT pg_has_role(current_user, 'gateway_app', 'USAGE')")
        assert not _value(url, "SELECT pg_has_role(current_user, 'gateway_owner', 'MEMBER')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _value(url, "CREATE TABLE public.mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _value(url, "CREATE TEMPORARY TABLE mine (id int)")


def test_a_killed_server_comes_back_with_its_data(data_dir: Path) -> None:
    owner = postgres.start(data_dir).owner
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")

    _postmaster(data_dir).kill()
    owner = postgres.start(data_dir).owner

    assert _value(owner, "SELECT answer FROM public.kept") == 42
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP TABLE public.kept")


def test_a_stale_number_that_now_is_another_process_does_not_confuse_it(data_dir: Path) -> None:
    places = find_places(data_dir)
    postgres.stop(data_dir)
    (places.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{places.cluster}\n1\n5\n")

    assert not postgres.is_running(data_dir)
    service = postgres.start(data_dir).service

    assert _value(service, "SELECT current_user") == "gateway_service"
    assert _postmaster(data_dir).pid != os.getpid()


def test_a_taken_port_is_changed_for_a_free_one(data_dir: Path) -> None:
    port = int(postgres.start(data_dir).service.split(":")[-1].split("/")[0])
    postgres.stop(data_dir)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()

        service = postgres.start(data_dir).service

    assert f":{port}/" not in service
    assert _value(service, "SELECT current_user") == "gateway_service"


def test_many_starts_at_once_make_one_server(data_dir: Path) -> None:
    postgres.stop(data_dir)
    command = [sys.executable, "-m", "gateway.sandbox.postgres", "start"]
    environment = os.environ | {"GATEWAY_DATA_DIR": str(data_dir)}

    starts = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(3)]

    assert [start.wait(timeout=60) for start in starts] == [0, 0, 0]
    postmaster = _postmaster(data_dir)
    family = {postmaster.pid, *(child.pid for child in postmaster.children())}
    assert {process.pid for process in processes(find_places(data_dir))} <= family


def test_stopping_twice_is_stopping_once(data_dir: Path) -> None:
    assert postgres.stop(data_dir)
    assert not postgres.stop(data_dir)
    assert not postgres.is_running(data_dir)
    assert not processes(find_places(data_dir))


def test_a_copied_directory_does_not_take_the_original_for_its_own(
    data_dir: Path, other_dir: Path
) -> None:
    shutil.copy(data_dir / "postgres.json", other_dir / "postgres.json")
    assert not postgres.is_running(other_dir)

    copied = postgres.start(other_dir)

    assert copied.service != postgres.start(data_dir).service
    assert _postmaster(other_dir) != _postmaster(data_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gets a PostgreSQL user of its own")
def test_under_a_closed_home_root_s_cluster_moves_out_and_nothing_is_opened(
    other_dir: Path,
) -> None:
    other_dir.chmod(0o700)
    inside = other_dir / "var"

    service = postgres.start(inside).service
    home = find_places(inside).home

    assert _value(service, "SELECT current_user") == "gateway_service"
    assert home.parent == ROOTS_PLACE
    assert other_dir.stat().st_mode & 0o777 == 0o700
    postgres.stop(inside)
    shutil.rmtree(home)


def test_production_does_not_get_one(other_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_ENV", "production")

    with pytest.raises(EmbeddedPostgresError, match="DATABASE_URL"):
        postgres.start(other_dir)

    assert not list(other_dir.iterdir())
