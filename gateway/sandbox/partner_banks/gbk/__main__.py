"""Runs the 网银 XML 银行: python -m gateway.sandbox.partner_banks.gbk --port N --state-dir DIR."""

import sys

from gateway.sandbox.neighbours.server import serve
from gateway.sandbox.partner_banks.bank import BankState
from gateway.sandbox.partner_banks.control_plane import ControlPlane
from gateway.sandbox.partner_banks.doors import Doors
from gateway.sandbox.partner_banks.gbk_speech import GbkSpeech

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.partner_banks.gbk",
        make_state=lambda place: BankState(place, GbkSpeech()),
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
