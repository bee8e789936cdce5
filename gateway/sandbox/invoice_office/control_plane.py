"""The office's control plane: its clock, its switches, its keys, its book, and the buyer's acts."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.invoice_office.office import OfficeState
from gateway.sandbox.neighbours import control_plane


class ControlPlane(control_plane.ControlPlane):
    """What every neighbour has, without notices, and what a buyer does with an invoice."""

    def __init__(self, state: OfficeState) -> None:
        super().__init__(state, deliveries=None, keyring=state.keyring)
        self._office = state
        self.acts |= {
            ("POST", "buyer_books"): lambda asked: self._buyer(asked, confirms=False),
            ("POST", "buyer_confirms"): lambda asked: self._buyer(asked, confirms=True),
        }

    def _buyer(self, asked: dict[str, Any], *, confirms: bool) -> dict[str, Any]:
        self._office.buyer(asked["invoice_no"], confirms=confirms)
        return {"invoice_no": asked["invoice_no"], "confirmed": confirms}
