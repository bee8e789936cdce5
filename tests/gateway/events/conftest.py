"""Receivers on real sockets, stopped at the end."""

from collections.abc import Callable, Iterator

import pytest

from accounts.models import Operator
from tests.gateway.events import scene
from tests.gateway.events.scene import Receiver


@pytest.fixture
def receivers() -> Iterator[Callable[[], Receiver]]:
    made: list[Receiver] = []

    def make() -> Receiver:
        made.append(Receiver())
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def receiver(receivers: Callable[[], Receiver]) -> Receiver:
    return receivers()


@pytest.fixture
def operator(db: None) -> Operator:
    return scene.an_operator()
