"""Our side of each bank of the stage, and a fresh door for each test."""

import pytest

from tests.gateway.channels.banks.peer import GbkPeer, GuomiPeer, Rfc9421Peer
from tests.sandbox.partner_banks.side import BankSide, Door

PEERS = {peer.name: peer for peer in (GuomiPeer(), GbkPeer(), Rfc9421Peer())}


@pytest.fixture(params=PEERS)
def us(request, running):
    """Our side of each bank in turn."""
    peer = PEERS[request.param]
    bank, place = running(peer.name)
    bank.behave()
    door = Door(BankSide(peer, bank, place, None).adapter.notice_receipt)
    yield BankSide(peer, bank, place, door)
    door.stop()
