"""Fixtures that every test may ask for: databases as two roles, and no network beyond loopback."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from pytest_django import DjangoDbBlocker

from tests.support.stage import catcher, channel, invoice_office, province, running

__all__ = ["catcher", "channel", "invoice_office", "province", "running"]

ROOT = Path(__file__).resolve().parent.parent


class NetworkForbidden(AssertionError):
    """A test reached for a network beyond loopback."""


@pytest.fixture(autouse=True)
def no_network_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""

    def refusing(really: str):  # type: ignore[no-untyped-def]
        original = getattr(socket.socket, really)

        def connect(self: socket.socket, address: object) -> object:
            if not _is_loopback(self.family, address):
                raise NetworkForbidden(f"a test reached for {address!r}")
            return original(self, address)

        return connect

    monkeypatch.setattr(socket.socket, "connect", refusing("connect"))
    monkeypatch.setattr(socket.socket, "connect_ex", refusing("connect_ex"))


@pytest.fixture(autouse=True)
def language_of_the_house() -> None:
    """Begin in Chinese: Django's test client leaves the language of its last request behind."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def pauses_of_a_busy_machine(request: pytest.FixtureRequest) -> None:
    """The transaction around a test is not the house's own, so it may idle longer than one."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        with connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database as the migrating role; `default` is the service role on the same one.

    Django leaves mirrors out of a test's transaction, so the mark of a mirror is taken off again
    once both aliases name the same database.
    """
    keep = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, keepdb=keep, serialized_aliases=[])
        connections["default"].settings_dict["TEST"]["MIRROR"] = None
        with psycopg.connect(**_parameters("owner"), autocommit=True) as connection:
            connection.execute((ROOT / "deploy" / "database.sql").read_bytes())
    yield
    if not request.config.getvalue("reuse_db"):
        with django_db_blocker.unblock():
            connections.close_all()
            teardown_databases(made, verbosity=0)


@pytest.fixture
def lasting_db(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Let the test really commit, as the service role; nothing is flushed afterwards.

    Such a test uses pools, people and cards of its own and leaves its rows behind.
    """
    assert "db" not in request.fixturenames, "ask for db or for lasting_db, not for both"
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of its own to the test database as the migrating role."""
    with psycopg.connect(**_parameters("owner")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def service_connection(django_db_setup: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of its own to the test database as the service role."""
    with psycopg.connect(**_parameters("default")) as connection:
        yield connection
        connection.rollback()


def _parameters(alias: str) -> dict[str, object]:
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


def _is_loopback(family: int, address: object) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    if not isinstance(address, tuple):
        return False
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
