"""银联's control plane: any neighbour's, its payers, and what is not known for certain."""

from typing import Any

from gateway.sandbox.neighbours import control_plane
from gateway.sandbox.unionpay_host.host import HostState

SETTINGS = ("notice_schedule", "unpaid_code")


class ControlPlane(control_plane.ControlPlane):
    """Everything under /_sandbox/."""

    def __init__(self, state: HostState) -> None:
        super().__init__(state, deliveries=state.notices, keyring=state.keyring)
        self._host = state
        self.acts |= {
            ("POST", "pay"): self._pay,
            ("POST", "fail"): self._fail,
            ("POST", "settings"): self._settings,
        }

    def _pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        words = self._host.orders.pay(
            self.merchant_of(asked),
            asked["order_no"],
            amount_fen=asked.get("amount_fen"),
            late=bool(asked.get("late")),
        )
        self._host.ring()
        return dict(words)

    def _fail(self, asked: dict[str, Any]) -> dict[str, Any]:
        return dict(self._host.orders.fail(self.merchant_of(asked), asked["order_no"]))

    def _settings(self, asked: dict[str, Any]) -> dict[str, Any]:
        """notice_schedule (seconds, spaced); unpaid_code (34, or what origRespCode says then)."""
        for name, value in asked.items():
            if name not in SETTINGS:
                raise KeyError(name)
            self._host.book.set(name, str(value))
        return asked
