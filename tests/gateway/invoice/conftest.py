"""One office for the whole room, one seller and one citizen a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sandbox import invoice_sellers
from gateway.sandbox.neighbours.control import Neighbour
from tests.gateway.invoice.scene import Scene
from tests.support.province import Province
from tests.support.wallet import neighbour_process


@pytest.fixture(scope="session")
def office_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Neighbour, Path]]:
    place = tmp_path_factory.mktemp("invoice-office")
    with neighbour_process("gateway.sandbox.invoice_office", place) as started:
        yield started, place


@pytest.fixture
def scene(province: Province, office_process: tuple[Neighbour, Path]) -> Scene:
    office, place = office_process
    office.behave()
    invoice_sellers.introduce([province.operator], place=place, url=office.base_url)
    return Scene(province=province, office=office, me=province.citizen())
