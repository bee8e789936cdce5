"""Houses for the money stories."""

import pytest

from tests.reserve_funds.custody.stories.house import House


@pytest.fixture
def kept(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))


@pytest.fixture
def house(kept):
    return House()
