"""Our side of each bank, once a run, and a fresh door for each test."""

import pytest

from tests.gateway.channels.banks.peer import GbkPeer, GuomiPeer, Rfc9421Peer
from tests.sandbox.partner_banks.side import BankSide, Door
from tests.support.stage import neighbours

PEERS = {peer.name: peer for peer in (GuomiPeer(), GbkPeer(), Rfc9421Peer())}


@pytest.fixture(scope="session")
def banks(tmp_path_factory):
    """Banks apart from the stage's: their clocks are turned on by days."""
    with neighbours(tmp_path_factory) as give:
        yield give


@pytest.fixture(params=PEERS)
def us(request, banks):
    """Our side of each bank in turn."""
    peer = PEERS[request.param]
    bank, place = banks(peer.name)
    bank.behave()
    door = Door(BankSide(peer, bank, place, None).adapter.notice_receipt)
    yield BankSide(peer, bank, place, door)
    door.stop()
