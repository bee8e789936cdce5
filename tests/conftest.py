"""Fixtures that every test may ask for: databases as two roles, and no network beyond loopback."""

import gc
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any
from unittest import mock

import hypothesis
import psycopg
import pytest
from django.db import connections
from django.utils import translation
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from tests.support import campaign, template
from tests.support.stage import catcher, channel, invoice_office, province, running
from tests.support.template import parameters

__all__ = ["catcher", "channel", "invoice_office", "province", "running"]

# A run draws the same examples each time, however slow the machine; a campaign draws new ones.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=not campaign.is_on(),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")

gc.disable()  # until everything is imported and collected: none of it is ever garbage


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, seldom, and no more among the house itself."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


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


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_for_once() -> Iterator[None]:
    """Each test client builds the middleware anew, which would look for every static file again."""
    found: dict[str, Any] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with mock.patch.object(WhiteNoiseMiddleware, "add_files_from_finders", once):
        yield


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
    django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Make the test database as the migrating role; `default` is the service role on the same one.

    Django leaves mirrors out of a test's transaction, so the mark of a mirror is taken off once
    both aliases name the same database.
    """
    house = connections["owner"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        template.make_test_database()
        connections["default"].settings_dict["TEST"]["MIRROR"] = None
    yield
    with django_db_blocker.unblock():
        template.drop_test_database(house)


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
    with psycopg.connect(**parameters("owner")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def service_connection(django_db_setup: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of its own to the test database as the service role."""
    with psycopg.connect(**parameters("default")) as connection:
        yield connection
        connection.rollback()


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
