"""One sandbox wallet for the run, well behaved and quiet before every test."""

import pytest

from tests.sandbox.wechat_wallet.process import NoticeDoor, OurSide, WalletProcess


@pytest.fixture(scope="session")
def door():
    with NoticeDoor() as open_door:
        yield open_door


@pytest.fixture(scope="session")
def running(tmp_path_factory, door):
    with WalletProcess(tmp_path_factory.mktemp("wallet")) as process:
        process.know_merchant()
        yield process


@pytest.fixture
def us(running, door):
    running.wallet.behave()
    door.forget()
    running.wallet.advance(120)
    door.forget()
    yield OurSide(running, door)
    running.wallet.behave()
