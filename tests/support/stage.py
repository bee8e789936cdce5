"""The stage of every journey: one process a neighbour, one catcher, a province for each test.

One for the whole run: a second process of a neighbour would number its payments from one again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from accounts import clock
from accounts.models import Duty
from gateway.sandbox.neighbourhood import neighbour
from gateway.sandbox.neighbours.control import Neighbour
from tests.support.province import Province
from tests.support.wallet import Catcher, neighbour_process

Place = tuple[Neighbour, Path]


def put_off_what_is_owed() -> None:
    """No duty that earlier tests left behind is due within years."""
    now = clock.now()
    soon = Duty.objects.filter(state__in=["owed", "leased"], due_at__lt=now + timedelta(days=1825))
    soon.update(due_at=now + timedelta(days=3650))


@contextmanager
def neighbours(places: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """Gives a channel's neighbour and its place, started when it is first asked for."""
    known: dict[str, Place] = {}
    with ExitStack() as stack:

        def give(channel: str) -> Place:
            if channel not in known:
                place = places.mktemp(channel)
                started = neighbour_process(neighbour(channel).program, place)
                known[channel] = (stack.enter_context(started), place)
            return known[channel]

        yield give


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """The neighbours of every province."""
    with neighbours(tmp_path_factory) as give:
        yield give


@pytest.fixture(scope="session")
def catcher() -> Iterator[Catcher]:
    door = Catcher()
    yield door
    door.stop()


@pytest.fixture
def channel() -> str:
    """The channel of this test's province; a test that names others parametrizes over it."""
    return "wechatpay"


@pytest.fixture
def province(
    lasting_db: None,
    running: Callable[[str], Place],
    channel: str,
    catcher: Catcher,
    tmp_path: Path,
) -> Province:
    """Nothing is due yet: a sweep of this test's does not meet what earlier ones left behind."""
    put_off_what_is_owed()
    wallet, place = running(channel)
    wallet.behave()
    return Province(
        channel=channel,
        wallet=wallet,
        place=place,
        catcher=catcher,
        keys=tmp_path / "card-keys.json",
    )


@pytest.fixture(scope="session")
def invoice_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The one invoicing office, started when it is first asked for, and its place."""
    place = tmp_path_factory.mktemp("invoice-office")
    with neighbour_process("gateway.sandbox.invoice_office", place) as started:
        yield started, place
