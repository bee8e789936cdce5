"""Runs 银联: python -m gateway.sandbox.unionpay_host --port N --state-dir DIR [--host H]."""

import sys

from gateway.sandbox.neighbours.server import serve
from gateway.sandbox.unionpay_host.control_plane import ControlPlane
from gateway.sandbox.unionpay_host.doors import Doors
from gateway.sandbox.unionpay_host.host import HostState

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.unionpay_host",
        make_state=HostState,
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
