"""Runs the wallet: python -m gateway.sandbox.wechat_wallet --port N --state-dir DIR [--host H]."""

import sys

from gateway.sandbox.neighbours.server import serve
from gateway.sandbox.wechat_wallet.control_plane import ControlPlane
from gateway.sandbox.wechat_wallet.doors import Doors
from gateway.sandbox.wechat_wallet.wallet import WalletState

if __name__ == "__main__":
    serve(
        sys.argv[1:],
        program="gateway.sandbox.wechat_wallet",
        make_state=WalletState,
        make_doors=Doors,
        make_control_plane=ControlPlane,
    )
