"""A reference kiosk for a test: the house on a port, a cabinet, and two officers' code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import listening
from tests.support.province import Province
from tests.support.reference_kiosk import Place


@pytest.fixture(scope="package")
def house(django_db_setup: None) -> Iterator[str]:
    """The house served from this process; its address."""
    with listening.house() as address:
        yield address


@pytest.fixture
def place(province: Province, house: str, tmp_path: Path) -> Iterator[Place]:
    """A place for a kiosk, not yet enrolled; with quota for every death of a long campaign."""
    made = Place.new(province, url=house, directory=tmp_path / "kiosk", quota_fen=5_000_000)
    yield made
    made.cabinet.close()
