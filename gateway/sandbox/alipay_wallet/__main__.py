"""Runs the wallet: python -m gateway.sandbox.alipay_wallet --port N --state-dir DIR [--host H]."""

import sys

from gateway.sandbox.alipay_wallet.control_plane import ControlPlane
from gateway.sandbox.alipay_wallet.doors import Doors
from gateway.sandbox.alipay_wallet.wallet import WalletState
from gateway.sandbox.neighbours.server import serve

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.alipay_wallet",
        make_state=WalletState,
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
