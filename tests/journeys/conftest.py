"""The stage of every journey: one wallet process, one catcher, a province for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sandbox.wechat_wallet.control import Wallet
from tests.support.province import Province
from tests.support.wallet import Catcher, wallet_process


@pytest.fixture(scope="session")
def wallet_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wallet")


@pytest.fixture(scope="session")
def running_wallet(wallet_dir: Path) -> Iterator[Wallet]:
    with wallet_process(wallet_dir) as wallet:
        yield wallet


@pytest.fixture(scope="session")
def catcher() -> Iterator[Catcher]:
    door = Catcher()
    yield door
    door.stop()


@pytest.fixture
def province(
    lasting_db: None, running_wallet: Wallet, wallet_dir: Path, catcher: Catcher, tmp_path: Path
) -> Province:
    running_wallet.behave()
    return Province(
        wallet=running_wallet,
        wallet_dir=wallet_dir,
        catcher=catcher,
        keys=tmp_path / "card-keys.json",
    )
