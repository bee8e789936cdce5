"""A bank's control plane: any neighbour's, its payers and its accounts."""

from typing import Any

from gateway.sandbox.neighbours import control_plane
from gateway.sandbox.partner_banks.bank import BankState


class ControlPlane(control_plane.ControlPlane):
    """Everything under /_sandbox/."""

    def __init__(self, state: BankState) -> None:
        super().__init__(state, deliveries=state.notices, keyring=state.keyring)
        self._bank = state
        self.acts |= {
            ("POST", "pay"): self._pay,
            ("POST", "reverse"): self._reverse,
            ("POST", "enter"): self._enter,
            ("POST", "statement"): self._statement,
        }

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

    def _enter(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Money moves on an account: account_no, side, amount_fen and what the entry tells."""
        told = dict(asked)
        account_no, side = str(told.pop("account_no")), str(told.pop("side"))
        serial = self._bank.accounts.enter(account_no, side, told.pop("amount_fen"), **told)
        return {"serial": serial, "balance_fen": self._bank.accounts.balance_fen(account_no)}

    def _statement(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make an account's statement of a day anew and lay it out."""
        name = self._bank.statements.again(str(asked["account_no"]), str(asked["day"]))
        return {"name": name}
