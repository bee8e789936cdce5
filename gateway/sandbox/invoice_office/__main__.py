"""Runs the invoicing office: python -m gateway.sandbox.invoice_office --port N --state-dir DIR."""

import sys

from gateway.sandbox.invoice_office.control_plane import ControlPlane
from gateway.sandbox.invoice_office.doors import Doors
from gateway.sandbox.invoice_office.office import OfficeState
from gateway.sandbox.neighbours.server import serve

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.invoice_office",
        make_state=OfficeState,
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
