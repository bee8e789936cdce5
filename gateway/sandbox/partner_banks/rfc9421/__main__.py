"""Runs the RFC 9421 bank: python -m gateway.sandbox.partner_banks.rfc9421 --port N ..."""

import sys

from gateway.sandbox.neighbours.server import serve
from gateway.sandbox.partner_banks.bank import BankState
from gateway.sandbox.partner_banks.control_plane import ControlPlane
from gateway.sandbox.partner_banks.doors import Doors
from gateway.sandbox.partner_banks.rfc9421_speech import Rfc9421Speech

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.partner_banks.rfc9421",
        make_state=lambda place: BankState(place, Rfc9421Speech()),
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
