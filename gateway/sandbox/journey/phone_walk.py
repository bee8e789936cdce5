"""The same journey for a card in a phone: its wallet's provider fetches the load by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.sandbox.journey.walk import Walk
from gateway.sandbox.wallet_provider.control import PhoneWallet


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWalk(Walk):
    """A citizen whose card is in `phone`, the wallet of `provider`."""

    phone: PhoneWallet
    provider: str

    def _tap(self, topup_id: str, tear: str) -> dict[str, Any]:
        """The app's call instead of a tap: sign the order, hand it over, hear what became of it."""
        order = self.api.post(f"topups/{topup_id}/wallet-orders", {"provider": self.provider})
        self.tell.say(f"order {order['order_no']} is signed for {order['provider']}")
        if tear:
            self.tell.say(f"the card is about to lose power {tear} it has carried out CREDIT")
        told = self.phone.recharge(order["call"], tear=tear)
        for one in told["told"]:
            said = one["body"].get("outcome") or one["body"].get("code") or "here is a script"
            self.tell.say(f"provider → {one['door']}: {one['status']} {said}")
        self.tell.say(f"verdict: {told['outcome']}")
        return {"outcome": told["outcome"]}
