"""A province whose pool has its bank and officers too, and where files are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts import clock
from tests.reserve_funds.custody.stories.house import House
from tests.support.province import Province
from tests.support.talk import Talk


@pytest.fixture
def house(province: Province, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> House:
    """The books of the province's own pool."""
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path / "kept"))
    return House(pool=province.pool, day=clock.business_day(clock.now()))


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


@pytest.fixture
def books(running, channel: str) -> Path:  # type: ignore[no-untyped-def]
    """Where the channel's own book lies, so that a story can move what it booked."""
    return Path(running(channel)[1])
