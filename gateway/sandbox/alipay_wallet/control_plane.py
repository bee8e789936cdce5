"""The wallet's control plane: any neighbour's, its payers, and the end of a trade's time."""

from typing import Any

from gateway.sandbox.alipay_wallet.wallet import WalletState
from gateway.sandbox.neighbours import control_plane


class ControlPlane(control_plane.ControlPlane):
    """Everything under /_sandbox/."""

    def __init__(self, state: WalletState) -> None:
        super().__init__(state, deliveries=state.notices, keyring=state.keyring)
        self._wallet = state
        self.acts |= {("POST", "pay"): self._pay, ("POST", "finish"): self._finish}

    def _pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        words = self._wallet.orders.pay(
            self.merchant_of(asked),
            asked["order_no"],
            amount_fen=asked.get("amount_fen"),
            late=bool(asked.get("late")),
            payer_no=asked.get("payer_no"),
        )
        self._wallet.ring()
        return words

    def _finish(self, asked: dict[str, Any]) -> dict[str, Any]:
        words = self._wallet.orders.finish(self.merchant_of(asked), asked["order_no"])
        self._wallet.ring()
        return words
