"""The remote control of any neighbour, for tests and demonstrations."""

import urllib.error
import urllib.parse
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.remote import Remote, RemoteRefused


class NeighbourRefused(RemoteRefused):
    """The neighbour did not do it."""


class Neighbour(Remote):
    """One running neighbour."""

    NAME = "neighbour"
    REFUSED = NeighbourRefused

    def health(self) -> Mapping[str, Any]:
        """{ok, now}: `now` is the book's time."""
        return self._call("GET", "health")

    def keys(self) -> Mapping[str, str]:
        """{key id: PEM} of every signing key in use: what a Merchant's platform_keys need."""
        found: Mapping[str, str] = self._call("GET", "keys")["keys"]
        return found

    def current_key(self) -> str:
        """The id of the key it signs with unless asked for another."""
        return str(self._call("GET", "keys")["current"])

    def book(self) -> Mapping[str, Any]:
        """{now, orders, refunds, notices}: what really happened."""
        return self._call("GET", "book")

    def order(self, order_no: str) -> Mapping[str, Any]:
        """The book's order of that number; KeyError."""
        for order in self.book()["orders"]:
            if order["order_no"] == order_no:
                return dict(order)
        raise KeyError(order_no)

    def pay(
        self,
        order_no: str,
        amount_fen: int | None = None,
        *,
        late: bool = False,
        merchant_no: str | None = None,
        payer_no: str | None = None,
    ) -> Mapping[str, Any]:
        """Pay as the payer; `amount_fen` another amount than asked; `late` even after closing."""
        asked = {
            "order_no": order_no,
            "amount_fen": amount_fen,
            "late": late,
            "merchant_no": merchant_no,
            "payer_no": payer_no,
        }
        return self._call("POST", "pay", asked)

    def open(self, offer: Mapping[str, Any]) -> None:
        """Do what the payer's device does with an offer before paying: open a page, post a form.

        Not every neighbour plays its page: one that knows the order already need not.
        """
        form = offer.get("form")
        url = offer.get("h5_url") if form is None else form["action"]
        if url is None:
            return
        if not str(url).startswith(self.base_url):
            raise ValueError("an offer of another neighbour")
        body = None if form is None else urllib.parse.urlencode(form["fields"]).encode()
        try:
            self._opener.open(str(url), data=body, timeout=self._timeout_seconds).close()
        except urllib.error.HTTPError as refused:
            refused.close()

    def act(self, name: str, **asked: Any) -> Mapping[str, Any]:
        """What only this channel's control plane knows."""
        return self._call("POST", name, asked)

    def reverse(self, order_no: str, *, merchant_no: str | None = None) -> Mapping[str, Any]:
        """The channel takes the payment back."""
        return self._call("POST", "reverse", {"order_no": order_no, "merchant_no": merchant_no})

    def notify_again(self, order_no: str, *, merchant_no: str | None = None) -> int:
        """Send the order's notices once more, now; how many. Returns after they were answered."""
        asked = {"order_no": order_no, "merchant_no": merchant_no}
        return int(self._call("POST", "notify_again", asked)["notices"])

    def faults(self, **switches: Any) -> Mapping[str, int]:
        """Turn switches: name=times, True, False or {"times": 1, "on": "refund", "seconds": 6}."""
        found: Mapping[str, int] = self._call("POST", "faults", switches)["on"]
        return found

    def known_faults(self) -> Mapping[str, str]:
        """Every switch and what it does."""
        found: Mapping[str, str] = self._call("GET", "faults")["known"]
        return found

    def behave(self) -> None:
        """All switches off."""
        self._call("POST", "faults/clear", {})

    def advance(self, seconds: float) -> Mapping[str, Any]:
        """Move its clock forward; everything due on the way happens at its moment."""
        return self._call("POST", "advance", {"seconds": seconds})

    def rotate_keys(self, style: str = "", *, drop_old: bool = False) -> Mapping[str, str]:
        """A new current key, of a style the channel has; the old ones overlap unless dropped."""
        asked = {"style": style, "drop_old": drop_old}
        found: Mapping[str, str] = self._call("POST", "rotate_keys", asked)["keys"]
        return found
