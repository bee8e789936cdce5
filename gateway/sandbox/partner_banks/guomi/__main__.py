"""Runs the 国密报文银行: python -m gateway.sandbox.partner_banks.guomi --port N --state-dir DIR."""

import sys

from gateway.sandbox.neighbours.server import serve
from gateway.sandbox.partner_banks.bank import BankState
from gateway.sandbox.partner_banks.control_plane import ControlPlane
from gateway.sandbox.partner_banks.doors import Doors
from gateway.sandbox.partner_banks.guomi_speech import GuomiSpeech

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.partner_banks.guomi",
        make_state=lambda place: BankState(place, GuomiSpeech()),
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
