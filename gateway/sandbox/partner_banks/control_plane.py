"""A bank's control plane: any neighbour's, and its payers."""

from typing import Any

from gateway.sandbox.neighbours import control_plane
from gateway.sandbox.partner_banks.bank import BankState


class ControlPlane(control_plane.ControlPlane):
    """Everything under /_sandbox/."""

    def __init__(self, state: BankState) -> None:
        super().__init__(state, deliveries=state.notices, keyring=state.keyring)
        self._bank = state
        self.acts |= {("POST", "pay"): self._pay, ("POST", "reverse"): self._reverse}

    def _pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        words = self._bank.orders.pay(
            self.merchant_of(asked),
            asked["order_no"],
            amount_fen=asked.get("amount_fen"),
            late=bool(asked.get("late")),
            payer_no=asked.get("payer_no"),
        )
        self._bank.ring()
        return words

    def _reverse(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._bank.orders.reverse(self.merchant_of(asked), asked["order_no"])
