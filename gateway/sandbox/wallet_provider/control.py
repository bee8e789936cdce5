"""The remote control of the sandbox's phone wallet, for tests and demonstrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.sandbox.remote import Remote, RemoteRefused


class PhoneRefused(RemoteRefused):
    """The phone wallet did not do it."""


class PhoneWallet(Remote):
    """One running phone wallet."""

    NAME = "phone wallet"
    REFUSED = PhoneRefused

    def issue(self, asn: str, keys: Mapping[str, object]) -> dict[str, Any]:
        """Puts a new card into the phone; {asn, balance_fen, counter}."""
        return self._call("POST", "issue", {"asn": asn, "keys": dict(keys)})

    def card(self) -> dict[str, Any]:
        """{asn, balance_fen, counter} of the card in the phone."""
        return self._call("GET", "card")

    def recharge(self, call: Mapping[str, str], **how: Any) -> dict[str, Any]:
        """The app's call with a signed order; {outcome, told}. See provider.Provider.recharge."""
        return self._call("POST", "recharge", {"call": dict(call), **how})

    def show(self, order_no: str) -> dict[str, Any]:
        """The card is seen again by its wallet; {outcome, told}."""
        return self._call("POST", "show", {"order_no": order_no})

    def order(self, order_no: str) -> dict[str, Any]:
        """The gateway's word on the order; {status, body}."""
        return self._call("POST", "order", {"order_no": order_no})

    def line(self, text: str) -> str:
        """The phone is held to a reader: one APDU in hex in, the answer out (a CardPipe)."""
        return str(self._call("POST", "tap", {"line": text})["answer"])

    def close(self) -> None:
        """Takes the phone from the reader."""
