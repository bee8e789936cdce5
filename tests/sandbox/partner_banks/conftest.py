"""Each bank in a process of its own, once a run; a fresh door for each test."""

from contextlib import ExitStack

import pytest

from gateway.sandbox.neighbourhood import neighbour
from tests.gateway.channels.banks.peer import GbkPeer, GuomiPeer, Rfc9421Peer
from tests.sandbox.partner_banks.side import BankSide, Door
from tests.support.wallet import neighbour_process

PEERS = {peer.name: peer for peer in (GuomiPeer(), GbkPeer(), Rfc9421Peer())}


@pytest.fixture(scope="session")
def processes(tmp_path_factory):
    known = {}
    with ExitStack() as stack:

        def give(channel):
            if channel not in known:
                place = tmp_path_factory.mktemp(channel)
                started = neighbour_process(neighbour(channel).program, place)
                known[channel] = (stack.enter_context(started), place)
            return known[channel]

        yield give


@pytest.fixture(params=PEERS)
def us(request, processes):
    """Our side of each bank in turn."""
    peer = PEERS[request.param]
    bank, place = processes(peer.name)
    bank.behave()
    door = Door(BankSide(peer, bank, place, None).adapter.notice_receipt)
    yield BankSide(peer, bank, place, door)
    door.stop()
